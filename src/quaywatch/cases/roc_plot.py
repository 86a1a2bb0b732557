"""ROC curves as one figure: what is found at how many false alarms, all attacks side by side."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
_DASHES = ("-", "--", ":")


def roc_svg(
    panels: Mapping[str, Mapping[str, Curve]], *, marks: tuple[float, ...] = (1, 10)
) -> str:
    """Draw ROC curves.

    Args:
        panels: title → label → (false alarms per 1,000 vessel-days, share found), both rising.
        marks: rates at which a vertical line is drawn.

    Returns:
        An SVG document.

    Examples:
        >>> line = (np.array([0.0, 1000.0]), np.array([0.0, 1.0]))
        >>> roc_svg({"all heard": {"chance": line}}).rstrip().endswith("</svg>")
        True

    """
    figure = Figure(figsize=(4.2 * len(panels), 4.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for i, (label, (rate, found)) in enumerate(curves.items()):
            shown = np.maximum(rate, 0.5)
            axis.step(
                shown, found, where="post", color=f"C{i % 10}", linewidth=1.4,
                linestyle=_DASHES[i // 10], label=label,
            )  # fmt: skip
        for mark in marks:
            axis.axvline(mark, color="0.6", linewidth=0.8, zorder=0)
        axis.set(xscale="log", xlim=(0.5, 1000), ylim=(-0.02, 1.02), title=title)
        axis.set_xlabel("false alarms per 1,000 vessel-days")
    axes[0].set_ylabel("found")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8)
    out = BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue().decode()
