"""What-if questions about conditions and customers: trials, sweeps, attrition, nearest changes."""
