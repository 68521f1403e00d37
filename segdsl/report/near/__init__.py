"""Who is one clause away from a segment: `render(attrition)`, with examples of each clause."""
