"""Where something was: a mixture of normals in the plane, and how fast it went in each part."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Where a hull's centre was: a mixture of normals."""

    weight: Floats
    """Shape (K,), sums to 1."""
    x_m: Floats
    y_m: Floats
    """Shape (K,): means."""
    cov: Floats
    """Shape (K, 2, 2): covariances, square metres, east then north."""
    speed_m_s: Floats
    """Shape (K, 3): velocity east and north, and the standard deviation of each."""

    @classmethod
    def round(
        cls,
        weight: Floats,
        x_m: Floats,
        y_m: Floats,
        sigma_m: Floats,
        speed_m_s: Floats | None = None,
    ) -> "Cloud":
        """Parts that spread alike all round; at rest where no velocity is given."""
        rest = np.zeros((len(weight), 3))
        cov = sigma_m[:, None, None] ** 2 * np.eye(2)
        return cls(weight, x_m, y_m, cov, rest if speed_m_s is None else speed_m_s)

    @property
    def sigma_m(self) -> Floats:
        """Shape (K,): standard deviation per axis of a round normal as large."""
        out: Floats = np.linalg.det(self.cov) ** 0.25
        return out

    @property
    def mean(self) -> tuple[float, float]:
        """Of the likeliest part, metres."""
        k = int(np.argmax(self.weight))
        return float(self.x_m[k]), float(self.y_m[k])

    @property
    def spread_m(self) -> float:
        """Standard deviation per axis of the likeliest part, as of a round one."""
        return float(self.sigma_m[int(np.argmax(self.weight))])

    def wider(self, sigma_m: float) -> "Cloud":
        """The same with so much more error all round."""
        return replace(self, cov=self.cov + sigma_m**2 * np.eye(2))

    def stretched(self, east_m: float, north_m: float) -> "Cloud":
        """The same with so much more error along one direction."""
        along = np.array([east_m, north_m])
        return replace(self, cov=self.cov + np.outer(along, along))

    def moved(self, east_m: float, north_m: float) -> "Cloud":
        """The same elsewhere."""
        return replace(self, x_m=self.x_m + east_m, y_m=self.y_m + north_m)
