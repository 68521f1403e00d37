"""Typed model and values -> what a person reads: sentences, values, explanations."""
