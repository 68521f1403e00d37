"""Results of a pilot or a replay: `render(results)`, one for each candidate."""
