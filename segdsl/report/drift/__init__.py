"""A segmentation on two days: `render(compare_days)`."""
