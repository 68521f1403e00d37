"""A list made by hand, held against the rules: `render(judged, differences)`, of how many judgements, and those that differ."""
