"""What was promoted, put back and retired: `render(records)`."""
