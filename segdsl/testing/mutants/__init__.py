"""Mutants: rules with one small mistake each, and which of them the tests notice."""
