"""The README's pictures, made from what the commands say of the demo's company: `make pictures`."""
