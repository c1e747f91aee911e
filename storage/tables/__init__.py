"""The tables, by what they are for."""

from .base import Base
from .learned import EvaluationRow, JobRow, MirroredRow, ProposalRow, RankRow, StandingRow, TaskRow
from .queued import LateRow, LeaseRow, ShareRow, SubmissionRow, TokenRow

__all__ = [
    "Base",
    "EvaluationRow",
    "JobRow",
    "LateRow",
    "LeaseRow",
    "MirroredRow",
    "ProposalRow",
    "RankRow",
    "ShareRow",
    "StandingRow",
    "SubmissionRow",
    "TaskRow",
    "TokenRow",
]
