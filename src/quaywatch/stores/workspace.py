"""A workspace: one folder the user owns, and nothing outside it.

    quaywatch.toml   the configuration, written last when the workspace is made
    sites/  cases/   what the user draws and writes
    store/           catalogue.sqlite, lake/, objects/, lock: what must not be lost
    cache/           what can be computed again; may be deleted at any time

It can be copied as a folder while nobody writes to it.
"""

import tomllib
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quaywatch.errors import (
    CatalogueError,
    WorkspaceConfigError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from quaywatch.stores.audit import Audit, Auditor
from quaywatch.stores.catalogue import FIXED, Catalogue
from quaywatch.stores.events import ParquetEvents
from quaywatch.stores.files import land_bytes, make_folder
from quaywatch.stores.lake import ParquetLake
from quaywatch.stores.lock import WriterLock
from quaywatch.stores.objects import ObjectFiles
from quaywatch.stores.sqlite import SqliteEvidence

SCHEMA = 1
"""Layout of the folder; a later one is refused."""

CONFIG_NAME = "quaywatch.toml"

Scale = Literal["small", "medium", "large"]

BUCKETS: dict[Scale, int] = {"small": 4, "medium": 16, "large": 256}
"""Buckets by scale: about a harbour, a sea, the world; up to 10^8, 10^10, 10^12 positions."""

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class AisConfig(BaseModel):
    """``[ais]``."""

    model_config = _FROZEN

    buckets: int = Field(ge=1, le=999)
    """Parts by which the lake divides transponders; fixed when the workspace is made."""


class WatchConfig(BaseModel):
    """``[watch]``."""

    model_config = _FROZEN

    gap_hours: float = Field(default=6.0, gt=0)
    """A silence longer than this is listed as a gap."""


class WorkspaceConfig(BaseModel):
    """``quaywatch.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: int = Field(alias="schema")
    scale: Scale
    simulated: bool = False
    """True: its data were made by ``quaywatch.testing``, and every page says so."""
    ais: AisConfig
    watch: WatchConfig = WatchConfig()


_TEMPLATE = """\
# Configuration of this quaywatch workspace. Everything quaywatch keeps is in this folder:
# store/ must not be lost, cache/ may be deleted at any time.

schema = {schema}          # layout of this folder; quaywatch raises it, leave it
scale = "{scale}"    # small: a harbour; medium: a sea; large: the world. Fixed
simulated = {simulated}  # true: made by the simulator, and every page says so. Fixed

[ais]
buckets = {buckets}         # parts of the lake by transponder, by scale (4, 16, 256). Fixed

[watch]
gap_hours = 6.0     # a silence longer than this is listed as a gap, never as "switched off"
"""


class Workspace:
    """An open workspace; close it, or use it in a ``with`` block.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with Workspace.create(Path(folder) / "nampo") as workspace:
        ...         workspace.lake.count()
        {'positions': 0, 'statics': 0, 'rejects': 0}

    """

    root: Path
    config: WorkspaceConfig
    evidence: SqliteEvidence
    lake: ParquetLake
    events: ParquetEvents
    sites_dir: Path
    cases_dir: Path
    cache_dir: Path

    def __init__(
        self, root: Path, config: WorkspaceConfig, *, lock_wait_s: float, create: bool
    ) -> None:
        """Use ``create`` or ``open``."""
        self.root, self.config = root, config
        self.sites_dir, self.cases_dir = root / "sites", root / "cases"
        self.cache_dir = root / "cache"
        store = root / "store"
        for folder in (self.sites_dir, self.cases_dir, self.cache_dir, store):
            make_folder(folder)
        self._lock = WriterLock(store / "lock", wait_s=lock_wait_s)
        self._catalogue = Catalogue(store / "catalogue.sqlite", self._lock, create=create)
        self._objects = ObjectFiles(store / "objects")
        self.evidence = SqliteEvidence(self._catalogue, self._objects)
        self.lake = ParquetLake(
            store / "lake",
            buckets=config.ais.buckets,
            catalogue=self._catalogue,
            evidence=self.evidence,
        )
        self.events = ParquetEvents(self.lake)

    @classmethod
    def create(
        cls,
        root: Path | str,
        *,
        scale: Scale = "small",
        simulated: bool = False,
        lock_wait_s: float = 30.0,
    ) -> Self:
        """Make a workspace; the folder may exist, and files in it are left alone.

        Args:
            root: the folder.
            scale: sets the number of buckets, for good.
            simulated: mark everything in it as made by the simulator.
            lock_wait_s: longest wait for another writer, in seconds.

        Raises:
            WorkspaceExistsError: there is one already.
            DiskFullError: there was no room.

        """
        root = Path(root).absolute()
        if (root / CONFIG_NAME).exists():
            raise WorkspaceExistsError(root=str(root))
        buckets = BUCKETS[scale]
        config = WorkspaceConfig(
            schema=SCHEMA, scale=scale, simulated=simulated, ais=AisConfig(buckets=buckets)
        )
        workspace = cls(root, config, lock_wait_s=lock_wait_s, create=True)
        workspace._fix()
        workspace._check_fixed()
        text = _TEMPLATE.format(
            schema=SCHEMA, scale=scale, simulated=str(simulated).lower(), buckets=buckets
        )
        # The file that makes the folder a workspace comes last: a half-made one is none.
        land_bytes(text.encode(), root / CONFIG_NAME)
        (root / CONFIG_NAME).chmod(0o644)
        return workspace

    @classmethod
    def open(cls, root: Path | str, *, lock_wait_s: float = 30.0) -> Self:
        """Open a workspace.

        Args:
            root: the folder.
            lock_wait_s: longest wait for another writer, in seconds.

        Raises:
            WorkspaceMissingError: the folder is no workspace.
            WorkspaceConfigError: ``quaywatch.toml`` cannot be used.
            WorkspaceNewerError: a later quaywatch wrote it.
            CatalogueError: its catalogue is missing or damaged.

        """
        root = Path(root).absolute()
        workspace = cls(root, _read_config(root), lock_wait_s=lock_wait_s, create=False)
        workspace._check_fixed()
        return workspace

    def close(self) -> None:
        """Close the catalogue."""
        self._catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def auditor(self) -> Auditor:
        """Checks the store: ``workspace.auditor.problems()``."""
        return Auditor(self._catalogue, self.evidence, self._objects, self.lake.root)

    def verify(self) -> Audit:
        """Check ledger, records, objects and lake files.

        Raises:
            StoreError: the first problem found.

        """
        return self.auditor.verify()

    def _fixed(self) -> dict[str, str]:
        config = self.config
        return {
            "ais.buckets": str(config.ais.buckets),
            "scale": config.scale,
            "simulated": str(config.simulated).lower(),
        }

    def _fix(self) -> None:
        with self._catalogue.writing() as connection:
            if connection.execute(sa.select(FIXED)).first() is None:
                rows = [{"name": name, "value": value} for name, value in self._fixed().items()]
                connection.execute(FIXED.insert(), rows)

    def _check_fixed(self) -> None:
        with self._catalogue.reading() as connection:
            found = {str(n): str(v) for n, v in connection.execute(sa.select(FIXED)).all()}
        for name, value in self._fixed().items():
            if found.get(name) != value:
                self.close()
                fact = f"{name} is {value}, but this workspace was made with {found.get(name)}"
                raise WorkspaceConfigError(path=str(self.root / CONFIG_NAME), fact=fact)


def _read_config(root: Path) -> WorkspaceConfig:
    path = root / CONFIG_NAME
    if not path.is_file():
        raise WorkspaceMissingError(root=str(root))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = content.get("schema")
        if isinstance(found, int) and found > SCHEMA:
            raise WorkspaceNewerError(root=str(root), found=str(found), known=str(SCHEMA))
        config = WorkspaceConfig.model_validate(content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise WorkspaceConfigError(path=str(path), fact=str(err)) from err
    except ValidationError as err:
        first = err.errors()[0]
        fact = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise WorkspaceConfigError(path=str(path), fact=fact) from err
    if not (root / "store" / "catalogue.sqlite").is_file():
        raise CatalogueError(path=str(root / "store" / "catalogue.sqlite"), fact="it is not there")
    return config
