"""Who moved between two runs: `render(new, old, moves, rules)`; without `old` there is nothing to compare with."""
