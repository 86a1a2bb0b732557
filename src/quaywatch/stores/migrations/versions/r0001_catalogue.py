"""Records, ledger, objects, lake files; records and ledger can only grow."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("record", "ledger", "lake_file", "fixed")


def upgrade() -> None:
    """Make the tables, and the triggers that forbid changing what was written."""
    op.create_table(
        "record",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("predicate", sa.Text),
        sa.Column("time_start", sa.Text),
        sa.Column("time_end", sa.Text),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("record_by_subject", "record", ["kind", "subject", "predicate"])
    op.create_index("record_by_predicate", "record", ["kind", "predicate"])
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("known_at", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, sa.ForeignKey("record.id"), nullable=False, unique=True),
        sa.Column("content_sha256", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "object",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.Integer, nullable=False),
    )
    _make_lake_file()
    op.create_table(
        "fixed",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} can only grow'); END"
            )


def _make_lake_file() -> None:
    op.create_table(
        "lake_file",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("period", sa.Text),
        sa.Column("bucket", sa.Integer),
        sa.Column("source_id", sa.Text, sa.ForeignKey("record.id"), nullable=False),
        sa.Column("claim_id", sa.Text, sa.ForeignKey("record.id"), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("min_at", sa.Text),
        sa.Column("max_at", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("lake_file_by_partition", "lake_file", ["table_name", "period", "bucket"])
    op.create_index("lake_file_by_source", "lake_file", ["source_id"])
