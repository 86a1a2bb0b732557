"""Pairs of names from recorded lists and AIS: one name written twice, and names of two ships."""

import csv
import gzip
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.vessels.names import Kind, ReadName, names_in, read_name
from quaywatch.vessels.names_search import alike_pairs

OFAC: Final = "registry/ofac_sdn_2023/vessels.csv"
OFAC_ALL: Final = "registry/ofac_sdn_2023/sdn.csv.gz"
EU: Final = "registry/eu_2026/vessels.csv"
EU_PRK: Final = "registry/eu_2026/32017R1509.csv.gz"
NOAA: Final = "ais/noaa_2022/AIS_2022_01_03_first99999.csv.gz"
SBARC: Final = "ais/sbarc_2018"
_AKA: Final = re.compile(r"a\.k\.a\. '([^']*)'")
_QUOTES: Final = " \u2018\u2019'\""
LEAST_SHIPS: Final = 3
"""Words in fewer names than these are left out of the table of words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names of one entity, and whose."""

    one: ReadName
    other: ReadName
    group: str
    """``ship``, ``entity`` or ``person``."""
    owner: str
    """What both name; halves of a split never share one."""

    @property
    def half(self) -> int:
        """0 or 1, by the owner's hash: the same in every run."""
        return hashlib.sha256(self.owner.encode()).digest()[0] % 2


def genuine_pairs(data: Path) -> list[Pair]:
    """Every two names that the lists give one entity, as they print them, duplicates left out.

    Among them are names that are not one name written twice (acronyms, renamings that a list
    prints as an alias): the fit has to allow for a share of these.
    """
    pairs: list[Pair] = []
    for group, kind, owner, names in _named(data):
        read = [r for r in (read_name(n, kind) for n in dict.fromkeys(names)) if r is not None]
        pairs += [Pair(a, b, group, owner) for a, b in combinations(read[:8], 2)]
    return pairs


def _named(data: Path) -> Iterator[tuple[str, Kind, str, list[str]]]:
    """Group, kind, owner and names of everything with more than one name."""
    ships: dict[str, list[str]] = defaultdict(list)
    for row in _rows(data / OFAC):
        if row["imo"]:
            ships[row["imo"]] += [row["name"], *_AKA.findall(row["remarks"])]
    for row in _rows(data / EU):
        if row["imo"]:
            # The same text in both lists is a pair too: most clerks write a name as it is written.
            ships[row["imo"]] += [f"{name} " for name, _ in names_in(row["name"])]
    for imo, names in sorted(ships.items()):
        yield "ship", Kind.SHIP, f"imo:{imo}", names
    for k, row in enumerate(_rows(data / EU_PRK)):
        if row["schema"] == "Vessel" or not row["alias"]:
            continue
        person = row["schema"] == "Person"
        names = [row["name"], *(part.strip(_QUOTES) for part in row["alias"].split(";"))]
        yield (
            "person" if person else "entity", Kind.SHIP if person else Kind.COMPANY,
            f"eu-prk:{k}", [re.sub(r"\s*\([^)]*\)|^[fa]\.k\.a\.:\s*", "", n) for n in names],
        )  # fmt: skip


def population(data: Path) -> dict[str, list[ReadName]]:
    """Names of different entities by group, each entity once: what impostors are drawn from."""
    ships: dict[str, str] = {}
    for row in _rows(data / EU):
        ships.setdefault(row["imo"] or row["name"], next(names_in(row["name"]))[0])
    for row in _rows(data / OFAC):
        ships.setdefault(row["imo"] or row["name"], row["name"])
    for imo, name in _heard(data):
        ships.setdefault(imo, name)
    others: dict[str, dict[str, str]] = {"entity": {}, "person": {}}
    for k, row in enumerate(_rows(data / EU_PRK)):
        if row["schema"] != "Vessel":
            group = "person" if row["schema"] == "Person" else "entity"
            others[group][f"{k}"] = re.sub(r"\s*\([^)]*\)", "", row["name"])
    for row in _rows(data / OFAC_ALL):
        if row["Type"].strip() == "-0-":
            others["entity"].setdefault(row["ID"], row["Name"])
    return {
        "ship": _read(ships.values(), Kind.SHIP),
        "entity": _read(others["entity"].values(), Kind.COMPANY),
        "person": _read(others["person"].values(), Kind.SHIP),
    }


def _read(names: Iterable[str], kind: Kind) -> list[ReadName]:
    return [r for r in (read_name(name, kind) for name in names) if r is not None]


def _heard(data: Path) -> Iterator[tuple[str, str]]:
    """Ships of recorded AIS: IMO number or MMSI, and the name."""
    noaa = pl.read_csv(data / NOAA, infer_schema_length=0).filter(
        pl.col("VesselName").is_not_null()
    )
    merchant = (pl.col("IMO").is_not_null() & (pl.col("IMO") != "IMO0000000")) | pl.col(
        "VesselType"
    ).cast(pl.Int32, strict=False).is_between(70, 89)
    for row in (
        noaa.filter(merchant)
        .unique("MMSI", keep="first", maintain_order=True)
        .iter_rows(named=True)
    ):
        yield (row["IMO"] or "").removeprefix("IMO") or row["MMSI"], row["VesselName"]


def heard_names(data: Path) -> list[ReadName]:
    """One name of every transponder of a day of AIS, whatever it is: yachts and tugs too."""
    noaa = pl.read_csv(data / NOAA, infer_schema_length=0)
    named = noaa.filter(pl.col("VesselName").is_not_null())
    once = named.unique("MMSI", keep="first", maintain_order=True)
    return _read(once["VesselName"].to_list(), Kind.SHIP)


def sbarc_names(data: Path) -> list[ReadName]:
    """One name of each ship of another sea and year: a population that nothing was fitted on."""
    files = sorted((data / SBARC).glob("*.csv.gz"))
    said = pl.concat([pl.read_csv(f, infer_schema_length=0).select("mmsi", "name") for f in files])
    named = said.filter(pl.col("name") != "NOT NAMED").unique(
        "mmsi", keep="first", maintain_order=True
    )
    return _read(named["name"].to_list(), Kind.SHIP)


def _rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def impostors(
    names: Sequence[ReadName], *, rng: np.random.Generator, easy: int
) -> tuple[list[tuple[ReadName, ReadName]], NDArray[np.float64]]:
    """Pairs of names of different entities: every one at all alike, and some that are not.

    Args:
        names: one of each entity.
        rng: draws those that are not alike.
        easy: how many of these.

    Returns:
        The pairs, and how many of all pairs each stands for: the tail is counted whole.

    """
    near = alike_pairs(names)
    taken = set(map(tuple, near.tolist()))
    count = len(names)
    drawn = rng.integers(0, count, size=(2 * easy, 2))
    far = [(int(i), int(j)) for i, j in drawn if i < j and (i, j) not in taken][:easy]
    rest = count * (count - 1) / 2 - len(near)
    pairs = [(names[i], names[j]) for i, j in [*map(tuple, near.tolist()), *far]]
    weights = np.concatenate([np.ones(len(near)), np.full(len(far), rest / max(len(far), 1))])
    return pairs, weights


def word_counts(names: Sequence[ReadName]) -> dict[str, float]:
    """Words in three names or more, and how many names in 10,000 hold them."""
    counts = Counter(word for name in names for word in set(name.words))
    return {
        word: round(10_000 * n / len(names), 1)
        for word, n in sorted(counts.items())
        if n >= LEAST_SHIPS
    }
