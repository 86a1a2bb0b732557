"""Compile ``voyages/gazetteer.csv`` from the World Port Index that you have, and a few ports more.

``python scripts/compile_gazetteer.py UpdatedPub150.csv src/quaywatch/voyages/gazetteer.csv``

Kept: every port of East and South-East Asia, elsewhere those that the index calls large or
medium, and any within 40 km of a kept one of another country. Only facts: name, country, UN/LOCODE,
position to an arc-minute, other spellings.
"""

import csv
import sys
from pathlib import Path

import polars as pl
from scipy.spatial import cKDTree

from quaywatch.voyages.gazetteer import read_world_port_index
from quaywatch.voyages.ports import chord, on_sphere

WPI = "WPI Pub. 150"
OWN = "own reading, 2 arc-minutes"
BORDER_KM = 40.0
WHOLE = (95.0, -12.0, 150.0, 60.0)
"""West, south, east, north of what is kept whole."""
CALLED = {
    ("Najin", "KP"): ("Rajin", "Rason; Rajin-Sonbong"),
    ("Senbong", "KP"): ("Sonbong", "Unggi"),
    ("Nampo", "KP"): ("Nampo", "Nampho; Chinnampo"),
    ("Kyomip'o", "KP"): ("Songnim", "Songrim"),
    ("Ch'ongjin", "KP"): ("Chongjin", ""),
    ("Haeju Hang", "KP"): ("Haeju", ""),
    ("Kimch'aek", "KP"): ("Kimchaek", "Songjin"),
    ("Inchon", "KR"): ("Incheon", ""),
    ("Tonghae", "KR"): ("Donghae", ""),
    ("Kunsan", "KR"): ("Gunsan", ""),
    ("Yosu", "KR"): ("Yeosu", ""),
    ("Tangshan (Jingtang)", "CN"): ("Jingtang", "Tangshan"),
    ("Tianjin Xin Gang", "CN"): ("Tianjin Xingang", "Tianjin; Binhai"),
    ("Qingdao Gang", "CN"): ("Qingdao", ""),
    ("Shan T Ou", "CN"): ("Shantou", ""),
    ("Longkou Gang", "CN"): ("Longkou", ""),
    ("Huludao Gang", "CN"): ("Huludao", ""),
    ("Pos'yet", "RU"): ("Posyet", ""),
    ("Vostochnyy", "RU"): ("Vostochny", ""),
}
"""Ports that readers know by another name than the index prints first."""
MORE = (
    ("Caofeidian", "CN", 118.50, 38.93, "Tangshan Caofeidian"),
    ("Huanghua", "CN", 117.87, 38.32, "Cangzhou"),
    ("Beilun", "CN", 121.87, 29.93, "Ningbo-Beilun; Beicang"),
    ("Yangshan", "CN", 122.07, 30.63, ""),
    ("Waigaoqiao", "CN", 121.60, 31.37, ""),
    ("Shidao", "CN", 122.43, 36.88, ""),
    ("Laizhou", "CN", 119.93, 37.42, ""),
    ("Dongjiakou", "CN", 119.78, 35.60, ""),
    ("Caojing", "CN", 121.37, 30.75, ""),
)
"""Ports that the index lacks; positions read to two arc-minutes."""


def _with_neighbours(kept: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Across a border the smallest port counts: without it the wrong country would be named."""
    tree = cKDTree(on_sphere(kept["lon"].to_numpy(), kept["lat"].to_numpy()))
    near = tree.query_ball_point(
        on_sphere(rows["lon"].to_numpy(), rows["lat"].to_numpy()), chord(BORDER_KM)
    )
    country = kept["country"].to_list()
    abroad = [
        any(country[k] != own for k in mine)
        for mine, own in zip(near, rows["country"].to_list(), strict=True)
    ]
    return pl.concat([kept, rows.filter(pl.Series(abroad))]).unique(maintain_order=True)


def _order(line: tuple[str, ...]) -> tuple[str, str, str]:
    return line[1], line[0], line[3]


def main(index: Path, out: Path) -> None:
    """Write the table, sorted by country and name."""
    whole = pl.read_csv(index, infer_schema=False, encoding="utf8-lossy")
    rows = read_world_port_index(whole).with_columns(size=whole["Harbor Size"])
    west, south, east, north = WHOLE
    near = pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north)
    kept = rows.filter(near | pl.col("size").is_in(["Large", "Medium"]))
    kept = _with_neighbours(kept, rows).filter(pl.col("country").is_not_null())
    lines: list[tuple[str, ...]] = []
    for row in kept.iter_rows(named=True):
        name, also = CALLED.get((row["name"], row["country"]), (row["name"], ""))
        spelt = [row["name"], *(row["also"] or "").split(";"), *also.split(";")]
        others = dict.fromkeys(one.strip() for one in spelt)
        others.pop("", None)
        others.pop(name, None)
        place = (f"{row['lon']:.3f}", f"{row['lat']:.3f}")
        lines.append((name, row["country"], row["locode"] or "", *place, "; ".join(others), WPI))
    for name, country, lon, lat, also in MORE:
        lines.append((name, country, "", f"{lon:.3f}", f"{lat:.3f}", also, OWN))
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "# Ports by name, country (ISO 3166-1 alpha-2) and position (WGS84 degrees): facts.\n"
            f"# Source {WPI!r}: World Port Index, National Geospatial-Intelligence Agency, a work\n"
            "# of the US government in the public domain; selection and spellings are ours.\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "country", "locode", "lon", "lat", "also", "source"))
        lines.sort(key=_order)
        writer.writerows(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
