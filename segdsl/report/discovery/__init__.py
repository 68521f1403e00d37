"""Groups that the history bears out, or that nothing was found: `render(discovery, text of the rule file or None, file that was written or None)`."""
