"""Groups that the history bears out, or that nothing was found: `render(discovery, rules, written)`, the text of the rule file and its path, or None."""
