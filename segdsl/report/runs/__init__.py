"""The runs that the ledger remembers, all or those with some rules: `render(runs, rules)`."""
