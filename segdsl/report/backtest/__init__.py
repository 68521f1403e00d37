"""Results of a backtest: `render(results)`, one for each candidate."""
