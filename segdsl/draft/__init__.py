"""A person's exports -> a first model and segdsl.toml, every guess with its evidence."""
