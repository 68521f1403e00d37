"""What a run gave: `render(rules, kept)`, of the rules that were run and the run with what the ledger kept of it."""
