"""A play for one customer: `render(shown)`."""
