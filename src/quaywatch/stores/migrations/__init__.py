"""The catalogue's schema, revision by revision; run by ``Catalogue`` when a file is behind."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings, with no file of their own."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def upgrade(connection: sa.Connection) -> None:
    """Bring the catalogue behind ``connection`` to the newest revision, in its transaction."""
    command.upgrade(config(connection), "head")
