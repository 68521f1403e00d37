"""Groups without an outcome, or none: `render(grouping, rules, written)`, the last two the rule file and its path, or None."""
