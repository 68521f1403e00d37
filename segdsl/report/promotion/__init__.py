"""A candidate in the place of its incumbent: `render(promotion)`."""
