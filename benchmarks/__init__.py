"""Benchmarks against what one would use instead. `benchmarks/README.md` has the figures."""
