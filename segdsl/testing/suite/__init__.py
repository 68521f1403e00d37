"""A workspace -> all its tests, properties and offers of tests."""
