"""The suite of a workspace: its tests, properties and offers of new tests."""
