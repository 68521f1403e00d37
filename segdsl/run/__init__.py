"""Runs: rules evaluated on data, recorded in the ledger, and written as files."""
