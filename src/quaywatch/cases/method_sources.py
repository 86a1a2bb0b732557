"""What each method does, in a sentence, and where it comes from: the one table of the dossier."""

from typing import Final

_OWN: Final = "Our own, documented in the code."

SOURCES: Final[dict[str, tuple[str, str]]] = {
    "activity-change": (
        "Asks in which weeks the rate of calls changed, and how surely.",
        "Fearnhead (2006), doi:10.1007/s11222-006-8450-8",
    ),
    "activity-compare": (
        "Compares the rate of calls in two periods, or says why it cannot be.",
        "Jackson (2011), doi:10.18637/jss.v038.i08",
    ),
    "ais-event": ("States an event found in AIS, such as a gap, with its evidence.", _OWN),
    "ais-gap": (
        "Finds silences of a transponder that reception, learnt from others, does not explain.",
        "Peers and odds: our own; rule beside it: Welch et al. (2022), doi:10.1126/sciadv.abq2109",
    ),
    "ais-ingest": ("Counts what of a file of AIS was read, and what was refused.", _OWN),
    "ais-integrity": (
        "Tests a track for what is rare among honest ships, with the best innocent explanation.",
        "Conformal p-values, Vovk et al. (2005), doi:10.1007/b106715; tests: our own",
    ),
    "ais-pass": ("Reads the AIS of a workspace for gaps, jumps and odd fields.", "ITU-R M.1371-5"),
    "ais-reading": ("Decodes AIS messages from the bytes received.", "ITU-R M.1371-5"),
    "ais-reception": ("Learns from other ships how often one is heard, by place and time.", _OWN),
    "ais-segments": (
        "Parts the reports of one transponder into runs that one hull could have sent.",
        _OWN,
    ),
    "ais-sparsity": (
        "Compares how often a ship is heard with others like her in the same waters.",
        _OWN,
    ),
    "anchoring": ("Finds where a ship lay still away from ports.", _OWN),
    "argument": (
        "Joins likelihood ratios with a prior, shrinking those that share a source of error.",
        "Bayes' rule; words by ICD-203; shrinkage: our own",
    ),
    "attribution": (
        "Weighs which of the ships heard may have lain at a berth, and that it was none of them.",
        "Bayes' rule; ratios: our own",
    ),
    "berth-background": ("Learns what a berth looks like empty from many looks.", _OWN),
    "berth-look": (
        "Turns measures of a berth in an image into odds that a hull lies there.",
        "Zadrozny and Elkan (2002), doi:10.1145/775047.775151",
    ),
    "berth-state": ("Says of a berth in one image whether a hull lies there.", _OWN),
    "berth-strips": (
        "Lays the water off a quay straight, so that looks of many days compare place by place.",
        _OWN,
    ),
    "berth-visits": ("Brackets ships' stays at a berth between the looks before and after.", _OWN),
    "cadence": (
        "Counts voyages, calls or shipments a month, with intervals.",
        "Counts: Poisson with a Gamma prior",
    ),
    "call": ("Holds what is known of one call of a ship at a port.", _OWN),
    "call-in-images": ("Reads a call of a ship from hulls in images.", _OWN),
    "call-prior": ("Sets what is usual for silences like one before anything is seen in it.", _OWN),
    "call-witnesses": (
        "Weighs what looks, yards and a typed draught say of a call that nobody heard.",
        "Ratios: set, not measured",
    ),
    "calls": ("Reads calls of a ship from AIS and images, and what each was for.", _OWN),
    "cargo": (
        "Estimates the tonnes carried from draught and deadweight, as an interval.",
        "Draws: McKay, Beckman and Conover (1979), doi:10.1080/00401706.1979.10489755",
    ),
    "case-seal": ("Writes the hash of this dossier's manifest into the ledger.", _OWN),
    "clarity-tests": (
        "Tells cloud, shadow, haze and snow from what can be seen, pixel by pixel.",
        _OWN,
    ),
    "contradiction": (
        "Weighs which part is wrong where not all that is said can be true of one hull.",
        "Bayes' rule under three priors: our own",
    ),
    "declared": (
        "Compares the destination and draught that a ship typed in with where it went.",
        _OWN,
    ),
    "draught": (
        "Turns a draught that a ship typed in into a weight, as an interval, or says why not.",
        "Bias of draughts: Jia, Prakash and Smith (2019)",
    ),
    "encounter": (
        "Finds two slow ships near each other for hours.",
        "Rules of Global Fishing Watch; lightering: our own",
    ),
    "evidence-of-none": ("Says what looks that show no call exclude, and what they do not.", _OWN),
    "fleet-voyages": (
        "Counts voyages and calls of a list of vessels, with intervals.",
        "Counts: Poisson with a Gamma prior",
    ),
    "frame": (
        "Lays scenes on one grid and one stretch of light, so that they can be seen side by side.",
        _OWN,
    ),
    "gap-reach": (
        "Asks which sites a silence left time for.",
        "Space-time prism: Peters and Hammond (2011)",
    ),
    "heard-pieces": ("Cuts a track where it was not heard.", _OWN),
    "hidden-calls": (
        "Weighs whether a silence hides a call, from reach, habit, images, yards and draught.",
        "Forward-backward over durations: Yu (2010), doi:10.1016/j.artint.2009.11.011",
    ),
    "hull-readings": (
        "Measures a hull in an image: length, beam, house, hatches, cranes, each with its error.",
        _OWN,
    ),
    "hulls": (
        "Finds and measures hulls in an image.",
        "Networks of our own, trained on open images",
    ),
    "leg": (
        "Measures the way between two calls: by water, how fast, how much of it was heard.",
        _OWN,
    ),
    "likeness": (
        "Compares two hulls in images by their measures, against the ships that they could be.",
        "Likelihood ratios: our own",
    ),
    "likeness-population": ("Counts the ships that might have been there, by size.", _OWN),
    "lineup": (
        "Sets a hull among others like it, in an order drawn from the records and sealed.",
        _OWN,
    ),
    "lineup-answer": (
        "Logs what an examiner answered to a line-up, and weighs it by the examiner's record.",
        "Bayes' rule; counts: our own",
    ),
    "loitering": ("Finds where a ship hung about under way.", _OWN),
    "look": ("Reads one image of a site: what hides it, hulls, berths, yards.", _OWN),
    "looking": (
        "Says which image is expected to move a conclusion most.",
        "Raiffa and Schlaifer (1961), Applied Statistical Decision Theory",
    ),
    "match-picture": ("Shows the hulls of a matched image side by side, at one scale.", _OWN),
    "mass-balance": ("Sets what left the yards against what ships seen could have loaded.", _OWN),
    "match": (
        "Weighs which transponder, if any, each hull in an image belongs to.",
        "Motion: Millefiori et al. (2016), doi:10.1109/TAES.2016.150596",
    ),
    "name-likeness": (
        "Asks whether two names are one name written twice.",
        "Ratios counted on listed names: our own",
    ),
    "network": ("Finds ties of ownership from a ship to the listed.", "Registers and lists named"),
    "normalisation": (
        "Brings the light of a look onto that of the reference, over ground that does not change.",
        (
            "Canty and Nielsen (2008), doi:10.1016/j.rse.2007.07.013; "
            "Huber (1964), doi:10.1214/aoms/1177703732"
        ),
    ),
    "overpass-hours": (
        "Says which calls no look could have shown, as looks come at the same hours.",
        _OWN,
    ),
    "place-name": ("Names the port nearest to a position, and what else it may be.", _OWN),
    "port-call": ("Finds calls at a port from AIS.", "Rules of Global Fishing Watch"),
    "presence": (
        "Compares the chance of an empty image if the ship was there and if it was not.",
        "Millefiori et al. (2016), doi:10.1109/TAES.2016.150596",
    ),
    "price": (
        "Takes the price that somebody stated, dated and with its source.",
        "The sources named",
    ),
    "quiet-spell": ("Says how often chance alone makes a time without an event so long.", _OWN),
    "radar-cfar": ("Finds ships in radar images by what stands out of the sea around.", _OWN),
    "reach": (
        "Asks which places a ship could have reached in a silence.",
        "Space-time prism: Peters and Hammond (2011)",
    ),
    "reach-prism": (
        "Asks which of many sites a silence leaves time for, from lower bounds of the way.",
        "Space-time prism: Peters and Hammond (2011)",
    ),
    "reading": ("Enters what a source says, as it says it.", _OWN),
    "register": (
        "Enters what a register or list says of a ship or company, by its day.",
        "The lists named",
    ),
    "register-reading": ("Reads a register's file entry by entry.", "The lists named"),
    "register-snapshot": ("Notes which list of which day was read.", "The lists named"),
    "registered-correlation": (
        "Measures how alike two hulls look, over small shifts and both ways up.",
        _OWN,
    ),
    "registration": (
        "Measures how far a look lies off the reference look of its site, or says why not.",
        "Guizar-Sicairos et al. (2008), doi:10.1364/OL.33.000156",
    ),
    "reported-absence": (
        "Enters that others report nobody at a place where a ship broadcast that it was.",
        _OWN,
    ),
    "same-manoeuvre": ("Finds the same way sailed twice, to the noise of a receiver.", _OWN),
    "sampling-bias": ("Tests whether looks were taken or shown because a ship was there.", _OWN),
    "scene": ("Enters an image with its sensor, time, place and licence.", "STAC 1.0"),
    "sighting-image": (
        "Looks whether the image that a sighting names shows a hull at the place.",
        _OWN,
    ),
    "site-activity": (
        "Estimates calls at a port from looks with days between them.",
        "Jackson (2011), doi:10.18637/jss.v038.i08",
    ),
    "site-reference": ("Chooses the look of a site on which the others are laid.", _OWN),
    "stock": ("Measures the dark area of a yard in an image.", _OWN),
    "stock-change": (
        "Finds when the dark area of a yard changed.",
        "Killick, Fearnhead and Eckley (2012), doi:10.1080/01621459.2012.737745",
    ),
    "stock-material": ("Tells by its spectrum what dark ground in a yard may be.", _OWN),
    "stock-volume": ("Bounds what may lie under a dark area by its angle of repose.", _OWN),
    "timelapse": ("Chooses and lays out the looks of a film.", _OWN),
    "two-places": (
        "Computes the speed that one hull would need between two places.",
        "d'Afflisio et al. (2021), doi:10.1109/TAES.2021.3083466",
    ),
    "vessel-identity": (
        "Says what a transponder stated of name, number and size, and when that changed.",
        "ITU-R M.1371-5",
    ),
    "vessel-voyages": ("Reads calls, legs and gaps of a ship from its reports.", _OWN),
    "voyage": ("Cuts a ship's life into voyages from its calls.", _OWN),
    "water-contrast": ("Looks for anything that stands out of open water.", _OWN),
    "water-distance": (
        "Computes the shortest way over water, with a bound below which no way lies.",
        "Land: GSHHG by roaring-landmask; geodesics: Karney (2013), doi:10.1007/s00190-012-0578-z",
    ),
    "worth": (
        "Values a cargo at a stated price, under each way of reading a published total.",
        _OWN,
    ),
}
"""Name of a method without its version → a sentence, and its source."""


def told_of(method: str) -> tuple[str, str] | None:
    """What a method does and its source; None where the table does not have it.

    Examples:
        >>> told_of("two-places@1")[0]
        'Computes the speed that one hull would need between two places.'

    """
    return SOURCES.get(method.partition("@")[0])
