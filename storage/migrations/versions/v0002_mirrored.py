"""What mirrors hold of each job, so that nothing is sent twice."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "mirrored",
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("updated", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("uri", "job_id", "part", name="pk_mirrored"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_mirrored_job_id_jobs"),
    )
