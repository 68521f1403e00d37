"""The runs that the ledger remembers: `render(runs)`."""
