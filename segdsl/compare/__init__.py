"""Two versions, two segmentations or two days -> who is where, and which clause decides."""
