"""How many customers a condition takes along a range: `render(entity, clock, total, steps)`."""
