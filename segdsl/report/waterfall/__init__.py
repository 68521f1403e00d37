"""How many customers fit each arm of a segmentation, and which arm has them: `render(waterfall)`."""
