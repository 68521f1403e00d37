"""The delivery log: who was sent what, when, to which destination, and what became of it."""
