"""What a run gave: `render(rules, record)`, with the rules that were run."""
