"""Exports: the account of a day, and what destinations do with its deliveries."""
