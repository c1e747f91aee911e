"""What a search or a service needs, and whether it is here: one finding a check, each with what to do."""

from .examination import CHECKS, examine, worst
from .finding import STATES, Finding, State

__all__ = ["CHECKS", "STATES", "Finding", "State", "examine", "worst"]
