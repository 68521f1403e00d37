"""From a segment to what is done with it: lists of its members, with the fields and contacts that somebody needs."""
