"""Groups that the history bears out, or none: `render(discovery, rules, written)`, the last two the rule file and its path, or None."""
