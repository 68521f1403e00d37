"""What a change of rules means, and who moves: `render(difference, names_customers)`, the latter as text and in JSON."""
