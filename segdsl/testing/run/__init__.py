"""Tests -> results, on the reference evaluator or an engine."""
