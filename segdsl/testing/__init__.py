"""Test blocks -> what passed, what failed and why, on the reference evaluator."""
