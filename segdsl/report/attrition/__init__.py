"""What each clause of a segment costs: `render(attrition)`."""
