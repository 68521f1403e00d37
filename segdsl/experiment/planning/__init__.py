"""Plans: what a declared experiment can detect, before outcomes are seen."""
