"""A segment, or each arm of a segmentation -> what marks its customers out, and who is typical of them."""
