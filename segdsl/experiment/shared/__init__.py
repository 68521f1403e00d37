"""Parts that every design of an experiment shares: context, counts, verdict table, evidence."""
