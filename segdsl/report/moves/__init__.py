"""Who moved between two runs: `render(new, old, moves, rules, elsewhere)`; without `old` there is nothing to compare with.

`elsewhere` counts the customers whom the data alone would have elsewhere, by rule, (place, arm by the data).
"""
