"""Draw the ROC curves of ``quaywatch bench ais-integrity --json``.

``quaywatch bench ais-integrity --json > found.json``
``python scripts/draw_roc.py found.json sbarc_2018 docs/images/ais-integrity-roc.png``
"""

import json
import sys
from pathlib import Path

from quaywatch.cases.roc_plot import roc_png
from quaywatch.testing.bench.integrity import curves


def main(report: Path, data: str, picture: Path) -> None:
    """Draw one data set of the report."""
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    title = f"Attacks injected into recorded tracks ({data})"
    picture.write_bytes(roc_png(curves(rows, data), title=title))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
