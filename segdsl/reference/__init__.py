"""Typed model and small data -> outcomes with their reasons: the definition of what a rule means."""
