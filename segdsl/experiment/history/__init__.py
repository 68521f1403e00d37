"""Backtests: candidate and incumbent judged on past outcomes."""
