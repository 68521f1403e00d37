"""A declared experiment -> what it can detect, before anybody looks at outcomes."""
