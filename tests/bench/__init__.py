"""The budgets of DESIGN 10, measured as ratios against a bare limit in the same run."""
