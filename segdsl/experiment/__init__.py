"""Experiments: backtests on history, randomised pilots, and the plan of both."""
