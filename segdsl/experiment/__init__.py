"""Candidate segmentations beside the incumbent: what differs today, what each would have foretold of the past, and what plays given by
chance did."""
