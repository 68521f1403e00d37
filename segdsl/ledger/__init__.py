"""Ledger of runs: assignments by as-of, moves with causes, and the history of the fields that rules read."""
