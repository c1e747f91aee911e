"""What a team needs beside the queue, a part a function."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _describe()
    _offer()
    _belong()


def _describe() -> None:
    """Tasks that a runner described for a service, and how they train best."""


def _offer() -> None:
    """Trainings that users' own programs take."""


def _belong() -> None:
    """Whose a job, a task and a board is."""
