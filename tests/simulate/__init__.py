"""Made-up worlds whose truth is known, judged many times by the function that the command calls: `make simulate`."""
