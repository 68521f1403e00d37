"""How many customers a condition takes: `render(trial)`."""
