"""What an experiment could find, before it begins: `render(plans)`, one for each candidate."""
