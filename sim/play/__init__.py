"""One run: its setting, pool, models, measures and trace, and the processes that play many."""
