"""Measurements, side by side with what one would use instead. `benchmarks/README.md` has the figures."""
