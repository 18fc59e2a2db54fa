"""The law: it has the last word, outside every strategy, and is audited afterwards."""

from sim.rules.cn import blocked_by, lawful_hour

__all__ = ["blocked_by", "lawful_hour"]
