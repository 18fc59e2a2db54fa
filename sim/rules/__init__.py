"""The law: it has the last word, outside every strategy, and is audited afterwards."""

from sim.rules.cn import lawful_hour
from sim.rules.gate import blocked_by
from sim.rules.uk import is_hardship

__all__ = ["blocked_by", "is_hardship", "lawful_hour"]
