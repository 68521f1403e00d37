"""Data of a source: raw files to typed columns, and findings on what couldn't be read."""
