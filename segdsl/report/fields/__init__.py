"""What there is to write rules with: `render(clock, relations)`."""
