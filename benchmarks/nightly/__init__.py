"""A nightly run as a whole process, beside the same answers by hand. Run: python -m benchmarks.nightly --help"""
