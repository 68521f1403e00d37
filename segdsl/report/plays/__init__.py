"""The plays of a workspace and their channels: `render(model)`."""
