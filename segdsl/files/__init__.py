"""Files that are written: one whole, several together or not at all; and whether the tool's own files can be trusted."""
