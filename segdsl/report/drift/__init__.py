"""A segmentation on two days: `render(drifted)`."""
