"""Run tests, on the reference evaluator or an engine."""
