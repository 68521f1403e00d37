"""Reads English clauses by the vocabularies: `things` finds what words name, `clauses` reads a clause, `conditions` joins them."""
