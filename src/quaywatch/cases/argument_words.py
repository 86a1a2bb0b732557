"""The sentences of an argument, fixed once, so that two cases with the same numbers say the same.

Likelihood is worded from its number, confidence in the sources stands in a sentence of its own, and
the best innocent explanation is always named.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from quaywatch.cases.argument import Argument, Item
from quaywatch.cases.asked import CUSTOM, AskedHypothesis
from quaywatch.evidence.bearing import Hypothesis
from quaywatch.evidence.record import Basis
from quaywatch.evidence.wording import counted, phrase

_INNOCENT: Final[Mapping[str, str]] = {
    Hypothesis.BROADCAST_FALSE: "A clock, a receiver or the ship's own positioning was wrong, or "
    "another set was put to its number by mistake.",
    Hypothesis.OTHER_BROADCASTER: "A receiver or a clock was wrong, and one hull sent all of it.",
    Hypothesis.OTHER_HULL_SEEN: "The hull is the one named, and a clock or a position is wrong.",
    Hypothesis.SAME_HULL: "A sister ship, or another hull of the same design, lies in the image.",
    Hypothesis.CALLED: "Another ship of its size called, and this one waited or sailed elsewhere.",
    Hypothesis.LOADED: "It discharged, took stores or waited there; what left the yard left by "
    "land.",
    Hypothesis.COMMON_CONTROL: "They share an agent, an address or a name, and nothing more.",
    CUSTOM: "Something ordinary explains it that nobody has named yet.",
}
_REFUTES: Final[Mapping[str, tuple[str, ...]]] = {
    Hypothesis.BROADCAST_FALSE: (
        "An image that shows the ship where it broadcast, in the time asked about.",
        "A second receiver of known place that heard it there.",
    ),
    Hypothesis.OTHER_BROADCASTER: (
        "An image with one hull, and only one, where all its broadcasts place it.",
    ),
    Hypothesis.OTHER_HULL_SEEN: (
        "An image good enough to compare hulls that shows the ship named.",
    ),
    Hypothesis.SAME_HULL: (
        "An image of the same time that shows the ship named elsewhere.",
        "A measure of the hull (hatches, cranes, length) that the ship named does not have.",
    ),
    Hypothesis.CALLED: (
        "An image of the site's berths, clear and of the time asked about, without such a hull.",
        "A report of the ship elsewhere that leaves no time to call.",
    ),
    Hypothesis.LOADED: (
        "An image that shows its holds shut, or the hull no deeper when it leaves.",
        "Papers of origin that name another port, borne out by its track.",
    ),
    Hypothesis.COMMON_CONTROL: (
        "A register's entry of the time that names owners and managers with no link.",
    ),
    CUSTOM: (),
}


def innocent_of(asked: AskedHypothesis) -> str:
    """The best innocent explanation: the case's own, else that of its kind.

    Examples:
        >>> asked = AskedHypothesis(id="h", statement="It called.", kind="called", about="imo:1",
        ...                         at="site:a", prior=0.1)
        >>> innocent_of(asked)
        'Another ship of its size called, and this one waited or sailed elsewhere.'

    """
    return asked.innocent or _INNOCENT[asked.kind]


def refuting(asked: AskedHypothesis) -> tuple[str, ...]:
    """What would refute it: the case's own words, then those of its kind."""
    told = (*asked.would_refute, *_REFUTES[asked.kind])
    return told or ("Evidence for any of its rivals that outweighs what is listed here.",)


def sentence_of(
    statement: str, probability: float, word: str | None, prior: float, *, bare: bool = False
) -> str:
    """The conclusion as printed; ``bare`` where no claim bears on it.

    Examples:
        >>> sentence_of("It called.", 0.71, "likely", 0.1)
        'It called: likely (71%).'
        >>> sentence_of("It called.", 0.71, None, 0.1)
        'It called: no word holds when the prior is varied (71% from a prior of 0.1).'

    """
    stem = statement.rstrip(" .?!")
    if word is not None:
        return f"{stem}: {phrase(probability)}."
    if bare:
        return f"{stem}: nothing here bears on it, and the prior of {prior:g} stands."
    figure = phrase(probability).partition("(")[2].rstrip(")")
    return f"{stem}: no word holds when the prior is varied ({figure} from a prior of {prior:g})."


def confidence_of(items: Sequence[Item], documents: frozenset[str]) -> str:
    """Confidence in the sources, in a sentence apart from the likelihood (ICD-203)."""
    used = [item for item in items if item.counts == "counted"]
    if not used:
        return "None. Nothing that bears on it is held here or reported."
    said = [item for item in used if item.rests_on_reports]
    if not said:
        return (
            "Moderate to high. All that counts is held here and is read from its own bytes."
            if any(item.basis is Basis.OBSERVED or item.measured for item in used)
            else "Moderate. All that counts is held here; how much it says was set, not measured."
        )
    origin = (
        "one document" if len(documents) == 1 else counted(len(documents), "document of others",
                                                           "documents of others")
    )  # fmt: skip
    if len(said) == len(used):
        return f"Low. All that counts rests on what {origin} says; what it shows is not held here."
    return (
        f"Moderate to low. {len(said)} of {len(used)} items that count rest on what {origin} "
        "says; the others are held here."
    )


def assumptions_of(items: Sequence[Item], asked: AskedHypothesis) -> tuple[str, ...]:
    """What must hold for the sum to mean what it says."""
    told = [
        (
            "Items of different causes are wrong independently of each other, as far as their "
            "kind was not shrunk for it."
        ),
        f"Before any claim its probability was {asked.prior:g}.",
    ]
    if any(item.counts == "counted" and not item.measured for item in items):
        told.append("Ratios that were set and not measured lie between 1/5 and 5.")
    if asked.about and asked.about.startswith("imo:"):
        told.append("Transponders that broadcast its IMO number are taken for the ship's own.")
    return tuple(told)


def messages_of(argument: Argument, shared: tuple[int, int, int]) -> tuple[str, ...]:
    """What a reader is told, in order of weight.

    Args:
        argument: all but its messages.
        shared: items weighed, causes shared by several, items of such causes.

    """
    weighed, causes, of_them = shared
    told = [argument.sentence, f"{argument.word_reason}"]
    if causes:
        number = "one cause" if causes == 1 else f"{causes} causes"
        told.append(
            f"{of_them} of {weighed} items share {number} with others; a cause counts once for "
            "and once against."
        )
    if argument.flips:
        told.append(
            f"It hangs on {counted(len(argument.flips), 'cause')}: without what shares "
            f"{'it' if len(argument.flips) == 1 else 'one of them'} it would lie on the other side "
            "of even."
        )
    if argument.items and abs(argument.held_alone - argument.probability) >= 0.005:
        told.append(
            f"From what is held here alone it would be {100 * argument.held_alone:.0f}%; the rest "
            "is what others report."
        )
    told += [f"Exempt: {one.statement} {one.effect}" for one in argument.exemptions]
    told += [
        f"Sources disagree: {one.statement} Both are shown; neither is dropped."
        for one in argument.tensions
    ]
    return tuple(told)
