"""What a result says, whatever the format: its figures, sentences and rows of tables."""
