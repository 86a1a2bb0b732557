"""What a contradiction says in words: what cannot be, and what would settle it."""

from typing import Final

from quaywatch.evidence.wording import counted
from quaywatch.fusion.contradictions import Kind

ONLY_THIS: Final = (
    "This rules out only that all of it is true of one hull; which part is wrong is weighed apart."
)
_THERE: Final = (
    "An image of the broadcast position at that time that shows the ship there; an empty clear sea "
    "would bear it out."
)
_AGAIN: Final = (
    "Another image of where it broadcasts, of another sensor and hour: a second absence counts "
    "only if it was not missed for the same reason."
)
SETTLES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TWO_PLACES: (
        _THERE,
        "A sharper image of the hull seen, with features that its sisters do not share.",
        "Who received the messages: a receiver in sight of the place named, or far from it.",
    ),
    Kind.IN_PORT: (
        _THERE,
        "A sharper image of the hull at the berth, with features that its sisters do not share.",
        "Port papers or a second image of the stay that show the name on the hull.",
    ),
    Kind.NOBODY_THERE: (
        _AGAIN,
        "A second pair of eyes on the image.",
    ),
    Kind.UNREACHABLE: (
        "Names, sizes and call signs sent on either track: two hulls seldom send the same.",
        "Who received the messages of either track.",
        "An image of either place at that time.",
    ),
    Kind.SAME_ROUTE: (
        "An image of the route at either time: the one that sailed it is there.",
        "Who received the messages of either ship.",
    ),
}
SISTERS_UNKNOWN: Final = "Nobody has listed here which hulls look alike; sisters are not excluded."


def seen_message(
    *, required_kn: float, max_kn: float, by_water: bool, apart_nm: float, hours: float
) -> str:
    """What one hull would have had to do.

    Examples:
        >>> seen_message(required_kn=80.2, max_kn=25.0, by_water=False, apart_nm=320.0, hours=4.0)
        'One hull would have had to make 80 kn (320 nm straight in 4.0 h); 25 kn is allowed for.'

    """
    way = "by water" if by_water else "straight"
    within = f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.0f} min"
    return (
        f"One hull would have had to make {required_kn:,.0f} kn ({apart_nm:,.0f} nm {way} in "
        f"{within}); {max_kn:g} kn is allowed for."
    )


def clock_message(slack_h: float) -> str:
    """How wrong clocks would have to be.

    Examples:
        >>> clock_message(5.8)
        'Clocks would have to be wrong by 5.8 h to make it possible.'

    """
    return f"Clocks would have to be wrong by {slack_h:.1f} h to make it possible."


def absent_message(absences: int, controls: int) -> str:
    """In how many images nobody was there, and in how many somebody was.

    Examples:
        >>> absent_message(1, 4)
        'In 1 image nobody lay where it said it was; in 4 others near in time a hull did.'

    """
    images = counted(absences, "image")
    others = "others" if controls != 1 else "other"
    seen = f"in {controls} {others} near in time a hull did"
    rest = seen if controls else "no other was looked at"
    return f"In {images} nobody lay where it said it was; {rest}."


def route_message(apart_m: float, length_nm: float, p: float, peers: int) -> str:
    """How close two routes lie.

    Examples:
        >>> route_message(40.0, 210.0, 0.004, 250)[:58]
        'Over 210 nm its route lies within 40 m (root mean square) '

    """
    return (
        f"Over {length_nm:,.0f} nm its route lies within {apart_m:,.0f} m (root mean square) of "
        f"another ship's; of {peers:,} legs of other ships here {100 * p:.1f}% lie as close to "
        "their nearest. It counts because something else stands against this ship; who copied "
        "whom it does not say."
    )
