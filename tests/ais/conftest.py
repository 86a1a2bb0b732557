"""Make AIS sentences for tests: bits in, checksummed sentences out."""

from collections.abc import Callable

import pytest

Armour = Callable[..., list[str]]


def _character(value: int) -> str:
    return chr(value + 48 if value < 40 else value + 56)


def armour(
    bits: str, *, sequence: int = 1, channel: str = "A", per_part: int = 60, talker: str = "AIVDM"
) -> list[str]:
    """The sentences that carry ``bits``, a text of 0 and 1."""
    fill = -len(bits) % 6
    padded = bits + "0" * fill
    payload = "".join(_character(int(padded[i : i + 6], 2)) for i in range(0, len(padded), 6))
    parts = [payload[i : i + per_part] for i in range(0, len(payload), per_part)]
    sentences = []
    for number, part in enumerate(parts, start=1):
        last = number == len(parts)
        name = str(sequence) if len(parts) > 1 else ""
        body = f"{talker},{len(parts)},{number},{name},{channel},{part},{fill if last else 0}"
        check = 0
        for character in body:
            check ^= ord(character)
        sentences.append(f"!{body}*{check:02X}")
    return sentences


@pytest.fixture(scope="session")
def sentences() -> Armour:
    """Function that wraps bits into sentences."""
    return armour


@pytest.fixture(scope="session")
def tagged() -> Callable[[str, str], str]:
    """Function that puts a checksummed tag block before a sentence."""

    def tag(content: str, sentence: str) -> str:
        check = 0
        for character in content:
            check ^= ord(character)
        return f"\\{content}*{check:02X}\\{sentence}"

    return tag


@pytest.fixture(scope="session")
def report() -> Callable[..., str]:
    """Function that writes a class A position report as bits."""

    def bits(
        *,
        mmsi: int = 355_658_000,
        lon: float = 1.5,
        lat: float = 49.0,
        kind: int = 1,
        sog: int = 123,
        cog: int = 2240,
        heading: int = 215,
        rot: int = 0,
        status: int = 0,
    ) -> str:
        def signed(value: int, width: int) -> str:
            return f"{value % (1 << width):0{width}b}"

        return "".join(
            [
                f"{kind:06b}00{mmsi:030b}{status:04b}",
                signed(rot, 8),
                f"{sog:010b}0",
                signed(round(lon * 600_000), 28),
                signed(round(lat * 600_000), 27),
                f"{cog:012b}{heading:09b}",
                "0" * 31,
            ]
        )

    return bits
