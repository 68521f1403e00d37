"""Conditions and customers -> what would be if: trials, sweeps, clauses left out, nearest changes."""
