"""What each method does, in a sentence, and where it comes from: the one table of the dossier."""

from typing import Final

_OWN: Final = "Our own, documented in the code."

SOURCES: Final[dict[str, tuple[str, str]]] = {
    "activity-change": (
        "Asks in which weeks the rate of calls changed, and how surely.",
        "Fearnhead (2006), doi:10.1007/s11222-006-8450-8",
    ),
    "ais-pass": ("Reads the AIS of a workspace for gaps, jumps and odd fields.", "ITU-R M.1371-5"),
    "ais-reading": ("Decodes AIS messages from the bytes received.", "ITU-R M.1371-5"),
    "ais-ingest": ("Counts what of a file of AIS was read, and what was refused.", _OWN),
    "ais-event": ("States an event found in AIS, such as a gap, with its evidence.", _OWN),
    "argument": (
        "Joins likelihood ratios with a prior, shrinking those that share a source of error.",
        "Bayes' rule; words by ICD-203; shrinkage: our own",
    ),
    "attribution": (
        "Weighs which of the ships heard may have lain at a berth, and that it was none of them.",
        "Bayes' rule; ratios: our own",
    ),
    "berth-state": ("Says of a berth in one image whether a hull lies there.", _OWN),
    "berth-look": (
        "Turns measures of a berth in an image into odds that a hull lies there.",
        "Zadrozny and Elkan (2002), doi:10.1145/775047.775151",
    ),
    "cargo": (
        "Estimates the tonnes carried from draught and deadweight, as an interval.",
        "Draws: McKay, Beckman and Conover (1979), doi:10.1080/00401706.1979.10489755",
    ),
    "contradiction": (
        "Weighs which part is wrong where not all that is said can be true of one hull.",
        "Bayes' rule under three priors: our own",
    ),
    "likeness": (
        "Compares two hulls in images by their measures, against the ships that they could be.",
        "Likelihood ratios: our own",
    ),
    "looking": (
        "Says which image is expected to move a conclusion most.",
        "Raiffa and Schlaifer (1961), Applied Statistical Decision Theory",
    ),
    "match": (
        "Weighs which transponder, if any, each hull in an image belongs to.",
        "Motion: Millefiori et al. (2016), doi:10.1109/TAES.2016.150596",
    ),
    "network": ("Finds ties of ownership from a ship to the listed.", "Registers and lists named"),
    "presence": (
        "Compares the chance of an empty image if the ship was there and if it was not.",
        "Millefiori et al. (2016), doi:10.1109/TAES.2016.150596",
    ),
    "reach": (
        "Asks which places a ship could have reached in a silence.",
        "Space-time prism: Peters and Hammond (2011)",
    ),
    "reading": ("Enters what a source says, as it says it.", _OWN),
    "site-activity": (
        "Estimates calls at a port from looks with days between them.",
        "Jackson (2011), doi:10.18637/jss.v038.i08",
    ),
    "stock": ("Measures the dark area of a yard in an image.", _OWN),
    "stock-change": (
        "Finds when the dark area of a yard changed.",
        "Killick, Fearnhead and Eckley (2012), doi:10.1080/01621459.2012.737745",
    ),
    "two-places": (
        "Computes the speed that one hull would need between two places.",
        "d'Afflisio et al. (2021), doi:10.1109/TAES.2021.3083466",
    ),
    "vessel-voyages": ("Reads calls, legs and gaps of a ship from its reports.", _OWN),
}
"""Name of a method without its version → a sentence, and its source."""


def told_of(method: str) -> tuple[str, str] | None:
    """What a method does and its source; None where the table does not have it.

    Examples:
        >>> told_of("two-places@1")[0]
        'Computes the speed that one hull would need between two places.'

    """
    return SOURCES.get(method.partition("@")[0])
