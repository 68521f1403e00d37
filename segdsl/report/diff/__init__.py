"""What a change of rules means, and who moves: `render(difference, names_customers)`, the latter in JSON alone."""
