"""ROC curves as small multiples: what is found at how many false alarms, a panel an attack."""

from collections.abc import Mapping
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
COLUMNS: Final = 4
LEAST: Final = 0.5
"""Left end of the axis; what is found without any false alarm is drawn there."""
_STYLES: Final = (("#0b3c5d", "-"), ("#d9822b", "--"), ("#7a7a7a", ":"))


def roc_png(
    panels: Mapping[str, Mapping[str, Curve]], *, title: str, marks: tuple[float, ...] = (1, 10)
) -> bytes:
    """Draw ROC curves.

    Args:
        panels: title → label → (false alarms per 1,000 vessel-days, share found), both rising.
        title: above all of them.
        marks: rates at which a vertical line is drawn.

    Returns:
        A PNG image.

    Examples:
        >>> line = (np.array([0.0, 1000.0]), np.array([0.0, 1.0]))
        >>> roc_png({"teleport": {"all heard": line}}, title="chance")[1:4]
        b'PNG'

    """
    rows = -(-len(panels) // COLUMNS)
    figure = Figure(figsize=(2.7 * COLUMNS, 2.35 * rows + 0.9), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axis, (name, curves) in zip(axes.flat, panels.items(), strict=False):
        for (color, dashes), (label, (rate, found)) in zip(_STYLES, curves.items(), strict=False):
            # Beyond the last score nothing more is ever found: the rest was not judged.
            along = np.append(np.maximum(rate, LEAST), 1000.0)
            axis.step(
                along, np.append(found, found[-1]), where="post", color=color, linestyle=dashes,
                linewidth=1.5, label=label,
            )  # fmt: skip
        for mark in marks:
            axis.axvline(mark, color="0.7", linewidth=0.8, zorder=0)
        axis.set(xscale="log", xlim=(LEAST, 1000), ylim=(-0.02, 1.02))
        axis.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=8)
    for place, axis in enumerate(axes.flat):
        if place >= len(panels):
            axis.set_axis_off()
        elif place + COLUMNS >= len(panels):
            axis.tick_params(labelbottom=True)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    figure.supxlabel("false alarms per 1,000 honest vessel-days (left edge: none)", fontsize=9)
    figure.supylabel("share of planted vessel-days above the threshold", fontsize=9)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper right", ncols=len(labels), frameon=False, fontsize=9
    )
    out = BytesIO()
    figure.savefig(out, format="png", dpi=110, metadata={"Software": None})
    return out.getvalue()
