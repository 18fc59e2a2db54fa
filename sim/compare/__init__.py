"""Who wins: statistics, stopping, ranking and the verdict over many replications."""
