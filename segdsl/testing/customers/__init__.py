"""Made-up customers: rows that bring a condition to a wanted truth, as tests."""
