"""Rows of the phrasebook, a file a family, each with its `FAMILY`."""
