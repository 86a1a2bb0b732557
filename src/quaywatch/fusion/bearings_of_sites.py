"""Bearings of what is known of a site: berths that stayed empty, yards that changed.

Neither names a ship. A silence of all berths speaks against any call in it, as far as a call would
not have fallen between looks; a yard that shrank while the ship is said to have lain there speaks
a little for loading, for rail and covers explain it as well.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.fusion.bearings_told import About, Told
from quaywatch.voyages.witnesses import stock_log_ratio

DWELL_H: Final = 48.0
"""How long a call lasts, in the middle (``sites/activity``): a shorter time without a look
seldom hides one."""
BRACKET: Final = timedelta(days=21)
"""A change known no better than this is not laid to one ship."""


def of_quiet_site(told: Told, about: About) -> tuple[Bearing, ...]:
    """Of a silence of all berths that can be seen, over the whole period asked about.

    Bias:
        Berths under a roof are not among them; the sentence says so.
    """
    quiet = told.value.get("quiet")
    if about.period is None or told.claim.subject != about.at or not isinstance(quiet, list):
        return ()
    for spell in quiet:
        if not _holds(spell, about.period):
            continue
        unseen_h = float(spell["longest_unseen_h"])
        ratio = min(max(unseen_h / (unseen_h + DWELL_H), 1 / EXPERT_LIMIT), 1.0)
        return (
            Bearing(
                hypothesis=Hypothesis.CALLED,
                about=about.subject,
                at=about.at,
                ratio=ratio,
                group=Group.IMAGERY_PRESENCE,
                cause=f"looks:{told.claim.subject}",
                because=f"Every berth there that can be seen was empty in all "
                f"{spell['looks_empty']} looks that could tell; the longest time without one is "
                f"{unseen_h:.0f} hours.",
            ),
        )
    return ()


def _holds(spell: Mapping[str, Any], period: TimeInterval) -> bool:
    """Whether a spell is known to be empty from the beginning of a period to its end."""
    first, last = spell.get("from_before"), spell.get("until_after")
    if not first or not last or spell.get("longest_unseen_h") is None:
        return False
    return _time(first) <= period.start and period.end <= _time(last)


def of_stock_changes(told: Told, about: About) -> tuple[Bearing, ...]:
    """Of a yard that shrank in the period asked about."""
    changes = told.value.get("changes")
    yard_of = told.claim.subject.partition("/")[0]
    if about.period is None or yard_of != about.at or not isinstance(changes, list):
        return ()
    found = []
    for change in changes:
        log_ratio = _fall(change, about.period)
        if log_ratio is not None:
            found.append(
                Bearing(
                    hypothesis=Hypothesis.LOADED,
                    about=about.subject,
                    at=about.at,
                    ratio=math.exp(log_ratio),
                    group=Group.STOCK,
                    cause=f"looks:{told.claim.subject}",
                    because=f"A yard there shrank between {str(change['after'])[:10]} and "
                    f"{str(change['before'])[:10]}; rail, rehandling or a cover explain it as "
                    "well.",
                )
            )
    return tuple(found)


def _fall(change: Mapping[str, Any], period: TimeInterval) -> float | None:
    """What a change says of loading in a period; None: nothing."""
    after, before = _time(change["after"]), _time(change["before"])
    if before - after > BRACKET or before < period.start or period.end < after:
        return None
    if change.get("probability") is None:
        return None
    return stock_log_ratio(float(change["delta"]), float(change["probability"]))


def _time(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
