"""Puts the line as it should be written into a message: `rewrite` applies the phrasebook, `messages` keeps what parses and resolves."""
