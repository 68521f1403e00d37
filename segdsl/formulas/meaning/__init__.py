"""Puts the reader and the table of functions together: `translate` gives formulas their meaning, `statements` whole queries, `rewrite` puts both into declarations."""
