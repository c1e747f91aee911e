"""The tables, by what they are for."""

from .base import Base
from .counted import CountRow
from .described import ChoiceRow, DescriptionRow
from .imported import ImportedRow
from .learned import EvaluationRow, JobRow, MirroredRow, ProposalRow, RankRow, StandingRow, TaskRow
from .offers import OfferRow
from .projects import AskedRow
from .queued import LateRow, LeaseRow, ShareRow, SubmissionRow, TokenRow

__all__ = [
    "AskedRow",
    "Base",
    "ChoiceRow",
    "CountRow",
    "DescriptionRow",
    "EvaluationRow",
    "ImportedRow",
    "JobRow",
    "LateRow",
    "LeaseRow",
    "MirroredRow",
    "OfferRow",
    "ProposalRow",
    "RankRow",
    "ShareRow",
    "StandingRow",
    "SubmissionRow",
    "TaskRow",
    "TokenRow",
]
