"""Draw the ROC curves of ``quaywatch bench ais-integrity --json``, a picture per data set.

``quaywatch bench ais-integrity --json > found.json``
``python scripts/draw_roc.py found.json docs/images`` writes ``ais-integrity-roc.png`` and, for
every further data set, ``ais-integrity-roc-NAME.png``.
"""

import json
import sys
from pathlib import Path

from quaywatch.cases.roc_plot import roc_png
from quaywatch.testing.bench.integrity import curves


def main(report: Path, folder: Path) -> None:
    """Draw every data set of the report."""
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    for number, data in enumerate(dict.fromkeys(row["data"] for row in rows)):
        name = "ais-integrity-roc" + (f"-{data}" if number else "")
        title = f"Attacks injected into recorded tracks ({data})"
        (folder / f"{name}.png").write_bytes(roc_png(curves(rows, data), title=title))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
