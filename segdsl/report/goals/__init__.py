"""Goals and what was measured of them: `render(goals)`."""
