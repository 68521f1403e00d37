"""Findings and test results -> what other programs read: one format a file."""
