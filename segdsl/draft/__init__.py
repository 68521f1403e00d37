"""Draft of a first model and `segdsl.toml` from a person's exports, each guess with its evidence."""
