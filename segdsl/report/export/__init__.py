"""An export: `render(exported, names)`; `names` says whether everybody is named."""
