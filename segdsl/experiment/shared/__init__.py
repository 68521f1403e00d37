"""What every design of an experiment uses: its context, totals, verdict table and evidence."""
