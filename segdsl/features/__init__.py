"""A model -> what may be asked of each customer by recipe: its fields, its metrics, and aggregates of its tables."""
