"""``quaywatch demo``: two simulated years with planted truth, the whole path, a dossier."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from quaywatch.cli.output import print_json, print_line, print_table, print_warning, progress
from quaywatch.testing.demo import Demo, prepare

MISSED = 7


def run_demo(directory: Path, *, seed: int, as_json: bool = False) -> None:
    """Make the world, take it through, and print what was found beside what was planted."""
    if not as_json:
        print_line(
            "SIMULATED: every ship, image and claim below is invented; what was planted is known."
        )
    with progress(quiet=as_json) as report:
        demo = prepare(directory, seed=seed, now=datetime.now(UTC), report=report)
    if as_json:
        print_json({
            "simulated": True, "case": demo.case, "verified": demo.verified,
            "dossier": str(demo.dossier), "seconds": round(demo.seconds, 1),
            "lines": [asdict(line) for line in demo.lines],
        })  # fmt: skip
    else:
        print_table(
            "Found, beside planted",
            ("", "planted", "found", ""),
            [
                [line.what, line.planted, line.found, "" if line.agrees else "differs"]
                for line in demo.lines
            ],
        )
        if any(not line.agrees and not line.must_agree for line in demo.lines):
            print_line(
                "differs: what was planted there could not be told, and is not guessed. The demo "
                "fails only where a contradiction is missed or an honest ship accused."
            )
        _say_where(demo, directory)
    if any(line.must_agree and not line.agrees for line in demo.lines):
        print_warning("A planted contradiction was missed, or an honest ship accused: see above.")
        sys.exit(MISSED)


def _say_where(demo: Demo, directory: Path) -> None:
    verified = "verified" if demo.verified else "NOT verified"
    print_line(f"Dossier ({verified}): {demo.dossier}")
    print_line(f"Verify it again: quaywatch case verify {demo.case} --workspace {directory}")
    print_line(f"In {demo.seconds:.0f} s. The workspace is yours to look around in: {directory}")
