"""Alembic's entry: it loads this file under the name ``env_py`` and expects it to act."""

from alembic import context

from quaywatch.stores.catalogue import METADATA


def migrate() -> None:
    """Run the pending revisions on the connection that ``upgrade`` hands over."""
    context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
    # The caller's transaction holds them all: an interrupted upgrade leaves the old schema.
    context.run_migrations()


if __name__ == "env_py":  # imported otherwise (by a doctest run, say), it does nothing
    migrate()
