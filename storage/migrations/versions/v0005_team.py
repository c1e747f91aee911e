"""What a team needs beside the queue, a part a function."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _describe()
    _clock()
    _offer()
    _belong()
    _count()
    _order()
    _import()


def _describe() -> None:
    """Tasks that a runner described for a service, and how they train best."""
    op.create_table(
        "descriptions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("open", sa.Integer, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("answer", sa.Text),
        sa.Column("answered", sa.Double),
        sa.PrimaryKeyConstraint("number", name="pk_descriptions"),
        sa.UniqueConstraint("place", name="uq_descriptions_place"),
    )
    op.create_index("ix_descriptions_open", "descriptions", ["open"])
    op.create_table(
        "choices",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("stacked", sa.Integer, nullable=False),
        sa.Column("fused", sa.Integer, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_choices"),
    )


def _clock() -> None:
    """How long a job has run, for its limit."""
    op.add_column("jobs", sa.Column("ran_s", sa.Double, nullable=False, server_default="0"), schema=_schema())


def _offer() -> None:
    """Trainings that users' own programs take, and the jobs that want them."""
    op.add_column(
        "leases", sa.Column("beside", sa.Integer, nullable=False, server_default="0"), schema=_schema()
    )
    op.create_table(
        "offers",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("taken", sa.Double),
        sa.Column("expires", sa.Double),
        sa.Column("reports", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("evaluation", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_offers"),
        sa.UniqueConstraint("job_id", "address", name="uq_offers_job_id_address"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_offers_job_id_jobs"),
    )
    op.create_index("ix_offers_open", "offers", ["outcome", "owner"])


def _belong() -> None:
    """Whose a job, a task and a board is: of a job that was there, who first put it into the queue."""
    op.create_table(
        "asked",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_asked"),
        sa.UniqueConstraint("job_id", "project", "token", name="uq_asked_job_id_project_token"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_asked_job_id_jobs"),
    )
    op.create_index("ix_asked_project", "asked", ["project", "job_id"])
    op.create_index("ix_asked_owner", "asked", ["owner", "job_id"])
    op.create_index("ix_proposals_key", "proposals", ["key", "job_id"])
    op.add_column("tokens", sa.Column("project", sa.Text), schema=_schema())
    op.add_column("shares", sa.Column("trials", sa.Integer), schema=_schema())
    jobs, leases, tokens = (
        _table("jobs", "number", "id", "created"),
        _table("leases", "job_id", "token"),
        _table("tokens", "id", "name"),
    )
    told = _table("asked", "job_id", "project", "token", "owner", "created")
    token = sa.func.coalesce(leases.c.token, "")
    before = (
        sa.select(
            jobs.c.id,
            sa.literal("default", sa.Text),
            token,
            sa.func.coalesce(tokens.c.name, ""),
            jobs.c.created,
        )
        .select_from(
            jobs.outerjoin(leases, leases.c.job_id == jobs.c.id).outerjoin(
                tokens, tokens.c.id == leases.c.token
            )
        )
        .order_by(jobs.c.number)
    )
    op.execute(sa.insert(told).from_select(list(told.c), before))


def _count() -> None:
    """How far the search of each job is, as its proposals say."""
    op.create_table(
        "counts",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("best", sa.Float),
        sa.PrimaryKeyConstraint("job_id", name="pk_counts"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_counts_job_id_jobs"),
    )
    proposals = _table("proposals", "job_id", "outcome", "score")
    outcome = sa.func.coalesce(proposals.c.outcome, "waiting")
    number = {
        "done": outcome.not_in(("waiting", "rejected")),
        "rejected": outcome == "rejected",
        "waiting": outcome == "waiting",
    }
    counted = sa.select(
        proposals.c.job_id,
        *(sa.func.sum(sa.case((each, 1), else_=0)) for each in number.values()),
        sa.func.max(sa.case((outcome == "ok", proposals.c.score))),
    ).group_by(proposals.c.job_id)
    names = ("job_id", *number, "best")
    op.execute(sa.insert(_table("counts", *names)).from_select(names, counted))


def _import() -> None:
    """What studies that were trained elsewhere say of functions."""
    op.create_table(
        "imported",
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("choices", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("maximise", sa.Integer, nullable=False),
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("study", "number", name="pk_imported"),
    )
    op.create_index("ix_imported_key", "imported", ["key"])


def _order() -> None:
    """Pages of a board go on behind a mean and a key."""
    op.drop_index("ix_ranks_board", "ranks")
    op.create_index("ix_ranks_board", "ranks", ["task_hash", "mean", "key"])


def _schema() -> str | None:
    """Where the tables are: ALTER TABLE does not find it by itself."""
    return (op.get_bind().get_execution_options().get("schema_translate_map") or {}).get(None)


def _table(name: str, *columns: str) -> sa.Table:
    """Without schema, which statements then fill in."""
    return sa.Table(name, sa.MetaData(), *map(sa.Column, columns))
