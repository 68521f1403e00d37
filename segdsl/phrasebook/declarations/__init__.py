"""Declarations set out in another way, as they should be written: prose, YAML, JSON, TOML, Python, SQL."""
