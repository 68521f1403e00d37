"""Rules and data -> assignments, recorded in the ledger and written as files."""
