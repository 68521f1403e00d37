"""Who moves with each value of a range: `render(condition, steps)`, of pairs of a value and its difference."""
