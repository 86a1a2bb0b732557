"""The falsification battery: what a track tells of itself, and what it shares with others."""

from quaywatch.ais.integrity.battery import battery
from quaywatch.ais.integrity.features import features
from quaywatch.ais.integrity.measured import joined, measure
from quaywatch.ais.integrity.scores import scores
from quaywatch.ais.integrity.tables import Measured

__all__ = ["Measured", "battery", "features", "joined", "measure", "scores"]
