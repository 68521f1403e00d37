"""A candidate that has earned it -> the incumbent's place, with a record that reads well in a pull request; and back."""
