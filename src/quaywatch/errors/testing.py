"""Errors of what is made for tests: simulated worlds, planted events."""

from quaywatch.errors.tree import InputError


class WorldScriptError(InputError):
    """The script of a simulated world contradicts itself."""

    code = "world-script"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"The simulated world's script contradicts itself: {fact}. Move one of the planted "
            "events, or take another seed."
        )


class HypothesisMissingError(InputError):
    """Strategies were asked for where hypothesis is not installed."""

    code = "hypothesis-missing"

    def __init__(self) -> None:
        super().__init__(
            "Test strategies need hypothesis, which is not installed here. Install it with "
            "`pip install hypothesis`; the program itself never needs it."
        )


class NotSimulatedError(InputError):
    """A workspace of real data where a simulated one is to be made."""

    code = "not-simulated"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is a workspace of real data; simulated ships do not go into it. Name another "
            "folder."
        )


class InjectionError(InputError):
    """A track cannot carry the falsification that was to be planted in it."""

    code = "injection"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"Nothing was planted: {fact}. Choose another track, longer or denser, or a wider sea."
        )
