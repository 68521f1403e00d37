"""Conditions -> made-up customers that reach them, as tests."""
