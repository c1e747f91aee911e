"""The first tables: tasks, evaluations, jobs, proposals, standings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("info", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tasks"),
        sa.UniqueConstraint("hash", name="uq_tasks_hash"),
    )
    op.create_index("ix_tasks_name", "tasks", ["name"])
    op.create_table(
        "evaluations",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("task_hash", sa.Text, nullable=False),
        sa.Column("protocol_hash", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("metrics", sa.Text, nullable=False),
        sa.Column("curves", sa.Text, nullable=False),
        sa.Column("diagnostics", sa.Text, nullable=False),
        sa.Column("wall_s", sa.Float),
        sa.Column("step_s", sa.Float),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_evaluations"),
        sa.UniqueConstraint("address", name="uq_evaluations_address"),
    )
    op.create_index(
        "ix_evaluations_board",
        "evaluations",
        ["task_hash", "phase", "key", "protocol_hash", "point", "outcome", "score"],
    )
    op.create_index("ix_evaluations_key", "evaluations", ["key"])
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("task_hash", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("updated", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sa.ForeignKeyConstraint(["task_hash"], ["tasks.hash"], name="fk_jobs_task_hash_tasks"),
    )
    op.create_table(
        "proposals",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("choices", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.PrimaryKeyConstraint("job_id", "batch", "index", name="pk_proposals"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_proposals_job_id_jobs"),
    )
    op.create_table(
        "standings",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("seeds", sa.Text, nullable=False),
        sa.Column("scores", sa.Text, nullable=False),
        sa.Column("mean", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("diverged", sa.Integer, nullable=False),
        sa.Column("step_ratio", sa.Float),
        sa.Column("weights", sa.BigInteger, nullable=False),
        sa.Column("verdicts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "position", name="pk_standings"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_standings_job_id_jobs"),
    )
    op.create_index("ix_standings_key", "standings", ["key"])
