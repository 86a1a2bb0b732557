"""May a frame be published? What a licence allows, as far as its name says, and no further.

A film is cut, stretched and lettered, so it is a derivative, and to show it is to redistribute it.
What we do not know to be allowed is not allowed: the way out is the owner's permission.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a frame may stand in a film that is published, and on what terms."""

    allowed: bool
    why: str
    """Why not, where it is not allowed; else what allows it."""
    condition: str | None = None
    """What a publisher must heed besides the credit line."""


_FREE: Final = re.compile(
    r"^(cc0|cc-by|pddl|odc-by|odbl|public.?domain|pdm|mit|apache|bsd|isc|0bsd|unlicense|cdla|"
    r"ogl|etalab|dl-de|nlod|copernicus|sentinel|us-?gov|usgs|nasa)($|[-.])"
)
"""Beginnings of the names of licences that allow derivatives and redistribution."""


def permission(licence: str, *, redistributable: bool | None = None) -> Permission:
    """Whether a scene under a licence may be shown in a film.

    Args:
        licence: SPDX id, or the provider's own name for its terms.
        redistributable: as it was stated when the file was entered; None if it was not.

    Examples:
        >>> permission("CC-BY-SA-4.0").condition
        'publish the film under CC-BY-SA-4.0 too'
        >>> permission("CC-BY-ND-4.0").allowed
        False
        >>> permission("Planet EULA").why
        "nothing here says that 'Planet EULA' allows it"
        >>> permission("Planet EULA", redistributable=True).allowed
        True

    """
    name = licence.strip().lower().replace(" ", "-").replace("_", "-")
    name = name.removeprefix("licenseref-")
    parts = set(name.split("-"))
    if redistributable is False:
        return Permission(allowed=False, why="it was entered as not to be passed on")
    if parts & {"nd", "noderivatives", "noderivs"}:
        return Permission(allowed=False, why=f"{licence} allows no derivatives, and a film is one")
    if redistributable:
        why = "it was entered as redistributable"
        return Permission(allowed=True, why=why, condition=_condition(licence, parts))
    if not _FREE.match(name):
        return Permission(allowed=False, why=f"nothing here says that {licence!r} allows it")
    why = f"{licence} allows it"
    return Permission(allowed=True, why=why, condition=_condition(licence, parts))


def _condition(licence: str, parts: set[str]) -> str | None:
    asked = []
    if parts & {"nc", "noncommercial"}:
        asked.append("not for commercial use")
    if parts & {"sa", "sharealike", "odbl"}:
        asked.append(f"publish the film under {licence} too")
    return "; ".join(asked) or None
