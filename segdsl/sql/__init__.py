"""Typed model -> one query per entity, as sqlglot nodes: one meaning, spelt for each engine."""
