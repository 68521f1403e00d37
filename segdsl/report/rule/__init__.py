"""A rule or metric read aloud, with its size and a few members: `render(read_aloud)`."""
