"""Letters that our one font lacks: romanised where that needs no dictionary, else named.

An empty box says nothing and looks like an error. Korean syllables and Japanese kana are spelt
letter by letter from their Unicode names; a Han character reads differently in every language, so
that it is one is all that is said. The lists and tables beside each picture have the text in full.
"""

import re
import unicodedata
from collections.abc import Container
from itertools import groupby

_SPELT = re.compile(r"^(?:HANGUL SYLLABLE|HIRAGANA LETTER|KATAKANA LETTER)(?: SMALL)? ([A-Z]+)$")
_SCRIPTS = {
    "CJK": "Han",
    "HANGUL": "Hangul",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "KATAKANA-HIRAGANA": "kana",
}


def legible(text: str, drawn: Container[int]) -> str:
    """The text with every character that a font lacks spelt in Latin letters or named by script.

    Args:
        text: any.
        drawn: code points that the font has.

    Examples:
        >>> ascii_only = range(0x20, 0x7F)
        >>> legible("남포항 3, Nampo", ascii_only), legible("义 1, Nampo", ascii_only)
        ('Nampohang 3, Nampo', '[1 Han] 1, Nampo')
        >>> legible("大连港", ascii_only), legible("ヨコハマ", ascii_only)
        ('[3 Han]', 'Yokohama')

    """
    whole = unicodedata.normalize("NFC", text)
    parts = []
    for (kind, script), group in groupby(whole, key=lambda c: _kind(c, drawn)):
        run = "".join(group)
        if kind == "kept":
            parts.append(run)
        elif kind == "spelt":
            parts.append("".join(_spelling(c) or "" for c in run).capitalize())
        elif kind == "named":
            parts.append(f"[{len(run)} {script}]")
    return "".join(parts)


def _kind(character: str, drawn: Container[int]) -> tuple[str, str]:
    """Kept, spelt, named or left out, and the script of what is named."""
    if character.isspace() or ord(character) in drawn:
        return "kept", ""
    if _spelling(character) is not None:
        return "spelt", ""
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return "left out", ""  # marks on a letter that is spelt, and what has no shape of its own
    script = unicodedata.name(character, "OTHER").split(" ")[0]
    return "named", _SCRIPTS.get(script, script.capitalize())


def _spelling(character: str) -> str | None:
    """A syllable in small Latin letters; None where the name does not spell it."""
    found = _SPELT.match(unicodedata.name(character, ""))
    return None if found is None else found[1].lower()
