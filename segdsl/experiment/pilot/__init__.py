"""Randomised evidence: assignment, interim analyses, holdouts and replays."""
