"""Errors about films of a site."""

from collections.abc import Sequence

from quaywatch.errors.tree import InputError


class LooksMissingError(InputError):
    """A film or chart of a site that was not looked at in that time."""

    code = "looks-missing"

    def __init__(self, *, site: str, when: str) -> None:
        self.site, self.when = site, when
        asked = f" {when}" if when else ""
        super().__init__(
            f"There is no look of {site}{asked}. Enter scenes with `quaywatch ingest imagery`, run "
            "`quaywatch watch`, or ask for another time."
        )


class LooksUnusableError(InputError):
    """A film of looks of which none can be used."""

    code = "looks-unusable"

    def __init__(self, *, site: str, looks: int, why: str, asked: float) -> None:
        self.site, self.looks, self.why, self.asked = site, looks, why, asked
        super().__init__(
            f"None of the {looks} looks of {site} shows at least {100 * asked:.0f}% of the berths "
            f"and yards asked for: {why}. "
            "Ask for another time or part, or for less with --min-clear; what is hidden stays "
            "hidden."
        )


class LookSingleError(InputError):
    """A film of a single usable look."""

    code = "look-single"

    def __init__(self, *, site: str, when: str, looks: int, why: str) -> None:
        self.site, self.when, self.looks, self.why = site, when, looks, why
        others = f"; left out: {why}" if why else ""
        super().__init__(
            f"Of {looks} look{'' if looks == 1 else 's'} of {site} only that of {when} can be "
            f"used{others}. One picture is no film: use `quaywatch site S looks --pictures DIR`, "
            "or ask for a longer time, for one --part, or for less with --min-clear."
        )


class LicenceForbidsError(InputError):
    """A film of frames whose licence forbids it."""

    code = "licence-forbids"

    def __init__(self, *, frames: Sequence[str]) -> None:
        self.frames = tuple(frames)
        shown = "; ".join(self.frames[:5]) + ("; …" if len(self.frames) > 5 else "")
        super().__init__(
            f"The licence of {len(self.frames)} frames forbids a film, or does not say that it "
            f"allows one ({shown}). Ask their owners and state it with --permission, or use "
            "--for-own-use, which stamps every frame NOT FOR PUBLICATION."
        )
