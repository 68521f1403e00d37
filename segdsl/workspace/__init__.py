"""A folder of rules -> its settings, lists, revisions and typed model."""
