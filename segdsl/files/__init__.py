"""Files: atomic writing, changes of several files, git, and trust in the tool's own files."""
