"""What marks a segment out: `render(profile)`."""
