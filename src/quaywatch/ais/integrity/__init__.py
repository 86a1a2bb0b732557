"""The falsification battery: what a track tells of itself, and what it shares with others."""

from quaywatch.ais.integrity.battery import battery
from quaywatch.ais.integrity.features import features
from quaywatch.ais.integrity.scores import scores

__all__ = ["battery", "features", "scores"]
