"""Puts the reader and the table together: `translate` is for formulas, `statements` for whole queries, `rewrite` for declarations."""
