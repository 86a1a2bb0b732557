"""Run quaywatch on the recorded data and print the figures that we quote. Keeps what it makes.

    .venv/bin/python scripts/show_real.py ais      five days off California, three of the Seine
    .venv/bin/python scripts/show_real.py imagery  Long Beach and Durban: looks, hulls, berths
    .venv/bin/python scripts/show_real.py case     YI LI 1 as reported, and its honest twins

The recorded data is not part of this repository; --data says where it lies.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
QUAYWATCH = Path(sys.executable).with_name("quaywatch")
BANDS = ("B02", "B03", "B04", "B08", "B11")


def run(*words: str | Path, workspace: Path | None = None) -> dict[str, Any]:
    """One command as a user types it, with --json; its answer."""
    command = [str(QUAYWATCH), *map(str, words)]
    if workspace is not None:
        command += ["--workspace", str(workspace)]
    print("$", " ".join(["quaywatch", *command[1:]]).replace(str(Path.home()), "~"))
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    sys.stderr.write(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return answer


def fresh(out: Path, name: str) -> Path:
    """An empty workspace."""
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([str(QUAYWATCH), "init", str(folder)], check=True)  # noqa: S603 - our own command
    return folder


def show_ais(data: Path, out: Path) -> None:
    """Rows in, kept, rejected by reason, seconds, peak memory."""
    workspace = fresh(out, "ais")
    sets = (
        ("sbarc_2018, five days", [data / "ais/sbarc_2018"], []),
        (
            "nmea_seine, three days",
            sorted((data / "ais/nmea_seine").glob("*.log.gz")),
            ["--timezone", "Europe/Paris"],
        ),
    )
    for name, paths, options in sets:
        started = time.perf_counter()
        answer = run("ingest", "ais", *paths, *options, workspace=workspace)
        wall = time.perf_counter() - started
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{name}: {answer['records']:,} in, {answer['kept']:,} kept, "
              f"{answer['duplicates']:,} duplicates, rejected {answer['rejected']}, "
              f"{answer['seconds']:.1f} s (whole command {wall:.1f} s), "
              f"peak {peak_mb:.0f} MB so far")  # fmt: skip
        again = run("ingest", "ais", *paths, *options, workspace=workspace)
        print(f"  the same again: {again['kept']} kept, {again['duplicates']:,} duplicates")


def show_imagery(data: Path, out: Path) -> None:
    """Looks, detections, berth states, and a picture of each look."""
    workspace = fresh(out, "imagery")
    for name in ("long_beach", "durban"):
        shutil.copy(HERE / f"examples/sites/{name}.geojson", workspace / "sites")
    planet = data / "imagery/planet_scenes"
    scenes = sorted(planet.glob("scene_[23]_*.tif"))
    run("ingest", "imagery", *scenes, "--licence", "CC-BY-SA-4.0", "--credit",
        "Planet Labs, Planet Open California", workspace=workspace)  # fmt: skip
    bands = [p for p in sorted((data / "imagery/sentinel2_ports/durban").glob("*.tiff"))
             if any(band in p.name for band in BANDS)]  # fmt: skip
    run("ingest", "imagery", *bands, "--licence", "Copernicus Sentinel data terms", "--credit",
        "Contains modified Copernicus Sentinel data 2023", workspace=workspace)  # fmt: skip
    started = time.perf_counter()
    print(run("watch", workspace=workspace))
    print(f"watch: {time.perf_counter() - started:.1f} s")
    pictures = out / "pictures"
    for site in ("long-beach", "durban"):
        answer = run("site", site, "looks", "--pictures", pictures, workspace=workspace)
        for look in answer.get("looks", ()):
            print(f"{site} {look['captured'][:16]}: {len(look['detections'])} hulls about the site")
            for berth in look["berths"]:
                print(f"  {berth['id']:<24}{berth['state']:<10}{berth['p_occupied']}  "
                      f"{[round(x) for x in berth['lengths_m']]}  {berth['reason']}")  # fmt: skip
        print("pictures:", *answer.get("pictures", ()), sep="\n  ")


def show_case(data: Path, out: Path) -> None:
    """The dossier of the published case, verified; and the twins that must come out feasible."""
    workspace = fresh(out, "case")
    article = next((data.parent / "seeds").glob("004_*.txt"))
    run("ingest", "claims", HERE / "examples/yi-li-1/claims.toml", "--document", article,
        workspace=workspace)  # fmt: skip
    run("ingest", "claims", HERE / "examples/honest-twins/claims.toml", workspace=workspace)
    watched = run("watch", workspace=workspace)
    print({key: watched[key] for key in ("two_places", "presence", "contradictions")})
    run("case", "new", "yi-li-1", "--subject", "imo:1059149",
        "--title", "YI LI 1: four days in 2025",
        "--question", "Was YI LI 1 where its transponder said, on four days in early 2025?",
        workspace=workspace)  # fmt: skip
    run("case", "new", "honest-twins", "--subject", "HONEST ONE", "--subject", "HONEST TWO",
        "--title", "Two honest twins", "--question", "Does an honest ship come out as honest?",
        workspace=workspace)  # fmt: skip
    for case in ("yi-li-1", "honest-twins"):
        built = run("case", "build", case, workspace=workspace)
        verified = run("case", "verify", case, workspace=workspace)
        print(case, built, "verified:", verified["ok"], verified["failures"])
    for vessel in ("imo:1059149", "HONEST ONE", "HONEST TWO"):
        for check in run("vessel", vessel, workspace=workspace)["checks"]:
            print(f"  {vessel}: {check['check']} {check['start'][:16]} {check['verdict']} "
                  f"{check['required_speed_kn']} kn, P {check['p_feasible']}")  # fmt: skip


def main() -> None:
    """Parse the command line and show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("ais", "imagery", "case"))
    parser.add_argument("--data", type=Path, default=HERE.parent / "shared/data")
    parser.add_argument("--out", type=Path, default=HERE / "scratch/real")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    {"ais": show_ais, "imagery": show_imagery, "case": show_case}[chosen.what](
        chosen.data, chosen.out
    )


if __name__ == "__main__":
    main()
