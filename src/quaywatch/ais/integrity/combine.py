"""From p-values to one likelihood ratio, with the restraint that correlated tests ask for.

Each p becomes a bet against "this is an honest ship": an e-value. Their mean is again one, however
the tests depend on each other; their product would not be. The mean is capped like all evidence
from AIS, so that AIS alone never carries a conclusion above "likely".

Source:
    Vovk & Wang (2021), E-values: calibration, combination and applications,
    doi:10.1214/20-AOS2020.
"""

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.evidence.likelihood import GROUP_CAP, Evidence, Group, posterior, stable_term

CAP: Final = GROUP_CAP[Group.AIS_INTEGRITY]
KAPPA: Final = 0.5
"""Of the calibrator kappa * p ** (kappa - 1): 1/2 bets on small and very small p alike."""

Floats = NDArray[np.float64]


def log_lr_of(p: Floats, *, table: pl.DataFrame | None = None, test: str = "") -> Floats:
    """Natural log of the likelihood ratio that a p-value is worth; NaN stays NaN.

    Args:
        p: conformal p-values.
        table: columns ``test``, ``p_to``, ``log_lr``: what was measured on injected attacks, a row
            per upper end of a range of p. A test that it lacks is calibrated by ``KAPPA``.
        test: name of the test, for the table.

    Examples:
        >>> log_lr_of(np.array([1.0, 0.004])).round(2).tolist()
        [-0.69, 2.07]

    """
    rows = None if table is None else table.filter(pl.col("test") == test).sort("p_to")
    if rows is None or rows.is_empty():
        value = math.log(KAPPA) + (KAPPA - 1) * np.log(p)
    else:
        place = np.searchsorted(rows["p_to"].to_numpy(), np.nan_to_num(p, nan=1.0), side="left")
        value = rows["log_lr"].to_numpy()[np.minimum(place, rows.height - 1)]
        value = np.where(np.isnan(p), np.nan, value)
    capped: Floats = np.clip(value, -CAP, CAP)
    return capped


def merged(log_lrs: Floats) -> Floats:
    """Log of the mean of each row's ratios, capped; NaN (a test not run) takes no part.

    Args:
        log_lrs: shape (windows, tests).

    Returns:
        Shape (windows,); NaN where no test was run.

    Examples:
        >>> merged(np.array([[2.0, -0.7, np.nan], [np.nan, np.nan, np.nan]])).round(2).tolist()
        [1.37, nan]

    """
    known = np.sum(~np.isnan(log_lrs), axis=1)
    total = np.nansum(np.exp(log_lrs), axis=1)
    mean = np.divide(total, known, out=np.full(len(known), np.nan), where=known > 0)
    capped: Floats = np.clip(np.log(mean), -CAP, CAP)
    return capped


def word_of(log_lr: float, prior: float = 0.1) -> tuple[str | None, float]:
    """The word that survives a change of prior, if any, and the probability at ``prior``.

    Examples:
        >>> word, probability = word_of(99.0)
        >>> word, round(probability, 2)
        (None, 0.53)

    """
    evidence = (Evidence("ais-integrity", Group.AIS_INTEGRITY, math.exp(min(log_lr, CAP))),)
    return stable_term(evidence), posterior(prior, evidence)
