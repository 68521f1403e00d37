"""Commands that write, killed again and again: what is left, and what the next command makes of it."""
