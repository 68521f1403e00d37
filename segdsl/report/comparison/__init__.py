"""A candidate beside the incumbent, today: `render(comparison, snapshot)`; the latter is None where nothing was measured."""
