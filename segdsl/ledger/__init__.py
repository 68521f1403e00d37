"""What runs found, kept: who was where as of when, why they moved, and what the fields they read were worth then."""
