"""Typed model -> what holds of every customer: proved, or refuted by a customer that the reference evaluator agrees on."""
