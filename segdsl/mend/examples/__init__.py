"""Lines of the language beside what can't be read, made of the model's own names: `near` finds what to show."""
