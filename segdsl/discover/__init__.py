"""Discovery: readable segments of the customers' past, for an outcome; decided and estimated on customers that the search never saw."""
