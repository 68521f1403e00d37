"""Who is in a segment, an arm or a condition: `render(members)`."""
