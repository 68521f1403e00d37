"""Whether segments can have a customer in common: `render(overlaps)`."""
