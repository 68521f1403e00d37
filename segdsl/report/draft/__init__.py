"""A first model guessed from exports: `render(drafts)`."""
