"""Which jobs runners may take, who has them, what came too late; and ranks, for boards and counts that
are read from an index."""

import math

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("open", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("expires", sa.Double),
        sa.PrimaryKeyConstraint("number", name="pk_leases"),
        sa.UniqueConstraint("job_id", name="uq_leases_job_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_leases_job_id_jobs"),
    )
    op.create_index("ix_leases_open", "leases", ["open", "token"])
    op.create_table(
        "shares",
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("running", sa.Integer),
        sa.Column("open", sa.Integer),
        sa.Column("served", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_shares"),
    )
    op.create_table(
        "late",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("evaluation", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_late"),
        sa.UniqueConstraint("job_id", "attempt", "address", name="uq_late_job_id_attempt_address"),
    )
    op.create_index("ix_proposals_counts", "proposals", ["job_id", "outcome", "score"])
    op.create_table(
        "ranks",
        sa.Column("task_hash", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("mean", sa.Double, nullable=False),
        sa.Column("seeds", sa.Integer, nullable=False),
        sa.Column("diverged", sa.Integer, nullable=False),
        sa.Column("example", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("task_hash", "key", name="pk_ranks"),
    )
    op.create_index("ix_ranks_board", "ranks", ["task_hash", "mean"])
    _rank()


def _rank() -> None:
    """What the evaluations that are there say, in the words of this revision."""
    names = ("number", "task_hash", "key", "protocol_hash", "point", "phase", "outcome", "score")
    rows = _table("evaluations", *names).c
    ok = rows.outcome == "ok"
    score = sa.case((rows.score > 1e290, math.inf), (rows.score < -1e290, -math.inf), else_=rows.score)
    settings = (
        sa.select(
            rows.task_hash,
            rows.key,
            sa.case(
                (
                    sa.func.count(sa.case((ok, 1))) > 0,
                    sa.func.coalesce(sa.func.nullif(sa.func.avg(sa.case((ok, score))), math.nan), -math.inf),
                )
            ).label("mean"),
            sa.func.count().label("seeds"),
            sa.func.sum(sa.case((ok, 0), else_=1)).label("diverged"),
            sa.func.min(sa.case((ok, rows.number))).label("example"),
        )
        .where(rows.phase == "search", rows.outcome.in_(("ok", "diverged")))
        .group_by(rows.task_hash, rows.key, rows.protocol_hash, rows.point)
        .subquery()
    )
    place = sa.func.row_number().over(
        partition_by=(settings.c.task_hash, settings.c.key),
        order_by=(settings.c.mean.desc(), settings.c.example),
    )
    placed = sa.select(settings, place.label("place")).where(settings.c.mean.is_not(None)).subquery()
    told = ("task_hash", "key", "mean", "seeds", "diverged", "example")
    best = sa.select(*(placed.c[name] for name in told)).where(placed.c.place == 1)
    op.execute(sa.insert(_table("ranks", *told)).from_select(told, best))


def _table(name: str, *columns: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *map(sa.Column, columns))
