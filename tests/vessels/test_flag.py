"""Flags: what each source states, when; and that nothing but a registry makes one false."""

from hypothesis import given
from hypothesis import strategies as st

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.vessels.flag import (
    FlagStatement,
    claimed_statement,
    flag_history,
    radio_statement,
)
from quaywatch.vessels.said import Said

LIST = {"key": "r", "name": "A register", "authority": None, "day": "2025-02-01", "day_from": "x"}


def said(title: str = "A register", day: str = "2025-02-01") -> Said:
    """Who says it."""
    return Said(title, day, "claim:1", "source:1")


def claim(predicate: str, value: dict[str, object], time: str | None = None) -> Claim:
    """A claim as a register or a claims file makes it."""
    return Claim.model_validate(
        {
            "subject": "imo:9125786", "predicate": predicate, "value": value,
            "time": TimeInterval.parse(time) if time else None, "basis": Basis.REPORTED,
            "method": "register@1" if "list" in value else "reading@1",
        }
    )  # fmt: skip


def stated(predicate: str, value: dict[str, object], time: str | None = None) -> FlagStatement:
    """What a claim states."""
    told = claimed_statement(claim(predicate, value, time), said())
    assert told is not None
    return told


@given(st.integers(200_000_000, 775_999_999), st.integers(200_000_000, 775_999_999))
def test_digits_of_radios_never_deny_a_flag(one: int, other: int) -> None:
    """The worst bug is a false accusation: anyone may type an MMSI in."""
    told = [radio_statement(mmsi, "2025-01-01", "2025-03-01") for mmsi in (one, other)]
    assert flag_history([t for t in told if t is not None]).standing in {"unknown", "conflicting"}


def test_only_a_registry_denies_a_flag_and_both_dates_are_told() -> None:
    """A false flag needs the word of the registry whose flag it is."""
    radio = radio_statement(750_123_000, "2025-01-01", "2025-03-01")
    denial = stated("flag-denied", {"note": "Guyana"}, "2025-02-01")
    assert radio is not None
    history = flag_history([radio, denial])
    assert history.standing == "denied"
    assert history.sentences[0] == (
        "The registry of GY says that it does not have the ship (A register of 2025-02-01, as of "
        "2025-02-01). GY is stated by MMSI 750123000 as broadcast (2025-01-01 to 2025-03-01)."
    )


def test_an_article_that_calls_a_flag_false_is_quoted_and_no_more() -> None:
    """Tables of reports print GUYANA (FALSE); that is their word."""
    for note in ("Guyana (False)", "Guyana, called false by the article"):
        told = stated("flag", {"note": note})
        assert (told.country, told.kind, told.origin) == ("GY", "false", "report")
        history = flag_history([told])
        assert history.standing == "called-false"
        assert "No statement of a registry is here" in history.sentences[-1]


def test_flags_of_other_times_do_not_conflict() -> None:
    """Ships change flag; two lists of different years need not disagree."""
    old = stated("flag", {"flag": "TZ", "printed": "Tanzania", "kind": "stated", "from": "2018",
                          "until": "2020", "list": LIST})  # fmt: skip
    new = stated("flag", {"flag": "GY", "printed": "Guyana", "kind": "stated", "from": "2022",
                          "until": None, "list": LIST})  # fmt: skip
    assert flag_history([old, new]).standing == "stated"
    meeting = stated("flag", {"flag": "GY", "printed": "Guyana", "kind": "stated", "from": "2019",
                              "until": None, "list": LIST})  # fmt: skip
    history = flag_history([old, meeting])
    assert history.standing == "conflicting"
    assert "2018 to 2020" in history.sentences[0]
    assert "2019" in history.sentences[0]


def test_a_flag_that_none_is_identified_for_is_not_a_false_one() -> None:
    """Lists print "none identified"; absence of a flag in a list is not absence of a flag."""
    told = stated("flag", {"flag": None, "printed": "None Identified", "kind": "none-identified",
                           "from": None, "until": None, "list": LIST})  # fmt: skip
    assert flag_history([told]).standing == "none-identified"
    assert flag_history([]).standing == "unknown"
    assert claimed_statement(claim("name", {"name": "CASIO"}), said()) is None
