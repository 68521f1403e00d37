"""Sources as they lie -> typed columns, and what couldn't be read."""
