"""Discovery without an outcome: groups of customers between which there are few, told as rules; or that there are none."""
