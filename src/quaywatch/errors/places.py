"""Errors about positions, places and sites."""

from quaywatch.errors.tree import InputError


class PositionError(InputError):
    """A position that is not on Earth."""

    code = "position-invalid"

    def __init__(self, *, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        super().__init__(
            f"lon={lon}, lat={lat} is not a position on Earth. "
            "Give degrees: lon from -180 to 180, lat from -90 to 90."
        )


class SiteFileError(InputError):
    """A site file that is not a FeatureCollection of known parts in WGS84."""

    code = "site-file-invalid"

    def __init__(self, *, site: str, fact: str) -> None:
        self.site, self.fact = site, fact
        super().__init__(
            f"Site {site}: {fact}. Mend the GeoJSON: every feature needs an id of its own and a "
            "kind, and coordinates in WGS84 longitude, latitude."
        )


class SiteGeometryError(InputError):
    """A part of a site that is drawn wrong."""

    code = "site-geometry-invalid"

    def __init__(self, *, site: str, feature: str, fact: str) -> None:
        self.site, self.feature, self.fact = site, feature, fact
        super().__init__(
            f"Site {site}, {feature} {fact}. Redraw it so that its outline neither crosses nor "
            "touches itself, with corners in WGS84 longitude, latitude."
        )


class ActivityInputError(InputError):
    """Looks and calls from which no activity can be worked out."""

    code = "activity-input"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"{fact[:1].upper()}{fact[1:]}. Give finite days in time order, one state per look, "
            "and periods that end after they start."
        )


class PlaceMissingError(InputError):
    """A record that puts its subject nowhere, or at no time."""

    code = "place-missing"

    def __init__(self, *, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(
            f"{record_id} gives no place or no time to compare. Use a record with lon and lat or "
            "an area, and a time."
        )


class SiteMissingError(InputError):
    """A site that the workspace does not have."""

    code = "site-missing"

    def __init__(self, *, name: str, known: str) -> None:
        self.name = name
        super().__init__(
            f"No site {name!r} in this workspace; it has {known or 'none'}. Put its GeoJSON into "
            "the folder sites/."
        )
