"""Promotion of a candidate to incumbent, with a record that reads well in a pull request; and rollback."""
