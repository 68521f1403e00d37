"""The typed model: what a rule means, as frozen values that every consumer reads."""
