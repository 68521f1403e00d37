"""Live rules held to their records: `render(gate, base)`."""
