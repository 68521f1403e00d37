"""Workspaces: a folder's settings, lists, revisions and typed model."""
