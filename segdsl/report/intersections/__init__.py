"""All segments of an entity, and what they share: `render(intersections)`."""
