"""Candidate segmentations beside the incumbent: what differs today. Predictions and randomised evidence come next."""
