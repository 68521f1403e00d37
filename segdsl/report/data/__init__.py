"""What is wrong with the data: `render(clock, tables, notes)`."""
