"""Who gets what on a day: every customer and every recipient of each play in exactly one line, by an engine's answers."""
