"""Connected shapes and a threshold: the two typed doors to libraries that ship no types."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import filters


def connected(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Numbers from 1 for each part joined by edges (not corners), 0 outside.

    Examples:
        >>> connected(np.array([[True, False], [False, True]])).tolist()
        [[1, 0], [0, 2]]

    """
    marks = np.empty(mask.shape, np.int32)
    ndimage.label(mask, output=marks)
    return marks


def otsu(sample: NDArray[Any]) -> float:
    """The threshold that parts a sample in two classes of least variance.

    Source:
        Otsu (1979), doi:10.1109/TSMC.1979.4310076, as implemented by scikit-image.

    Examples:
        >>> 0.1 <= otsu(np.array([0.1, 0.1, 0.9, 0.9])) < 0.9
        True

    """
    threshold: Any = getattr(filters, "threshold_otsu")(sample)  # noqa: B009 (untyped)
    return float(threshold)
