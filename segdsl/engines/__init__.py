"""A query -> its rows, on one engine a file."""
