"""Names of any script in Latin letters, and the sounds that several romanisations spell alike.

A Han name is read in Mandarin (pinyin) and a Hangul name letter by letter: the Japanese or Korean
reading of the same Han signs cannot be told from the signs, and is not guessed.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_HAN: Final = (
    "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN: Final = re.compile(
    f"(?P<han>[{_HAN}]+)|(?P<kana>[\u3040-\u30ff\u31f0-\u31ff]+)|(?P<hangul>[\u1100-\u11ff\uac00-\ud7a3]+)"
)
_SCRIPTS: Final = (
    "LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "HANGUL", "HIRAGANA", "KATAKANA", "CJK",
    "THAI", "ARMENIAN", "GEORGIAN", "DEVANAGARI",
)  # fmt: skip
_HAN_DIGITS: Final = {sign: k for k, sign in enumerate("〇一二三四五六七八九")} | {
    "零": 0, "壹": 1, "贰": 2, "貳": 2, "叁": 3, "參": 3, "肆": 4, "伍": 5, "陆": 6, "陸": 6,
    "柒": 7, "捌": 8, "玖": 9, "拾": 10, "十": 10,
}  # fmt: skip
_DIGIT: Final = "[" + "".join(_HAN_DIGITS) + "]"
_NUMBERED: Final = re.compile(f"第(?P<first>{_DIGIT}+)|(?P<last>{_DIGIT}+)(?:[号號轮輪호]|$)")
_LATIN_NUMBERED: Final = re.compile(r"第?(?P<digits>\d+)\s*[号號轮輪호]")
_WORDS: Final = (
    ("有限责任公司", " CO LTD "), ("股份有限公司", " CO LTD "), ("有限公司", " CO LTD "),
    ("株式会社", " CO LTD "), ("주식회사", " CO LTD "), ("총회사", " CO "), ("회사", " CO "),
    ("公司", " CO "), ("集团", " GROUP "), ("集團", " GROUP "), ("国际", " INTERNATIONAL "),
    ("國際", " INTERNATIONAL "), ("航运", " SHIPPING "), ("航運", " SHIPPING "),
    ("海运", " SHIPPING "), ("海運", " SHIPPING "), ("船务", " SHIPPING "), ("船務", " SHIPPING "),
    ("해운", " SHIPPING "), ("贸易", " TRADING "), ("貿易", " TRADING "), ("무역", " TRADING "),
    ("香港", " HONG KONG "), ("조선", " KOREA "), ("은행", " BANK "), ("銀行", " BANK "),
    ("银行", " BANK "), ("судоходная компания", " SHIPPING COMPANY "),
)  # fmt: skip
"""What companies' names mean rather than sound like: registers translate these."""


def scripts_of(text: str) -> tuple[str, ...]:
    """Scripts of the letters, by Unicode's names, in order of appearance.

    Examples:
        >>> scripts_of("BAI MEI 8"), scripts_of("白梅 8"), scripts_of("백매")
        (('LATIN',), ('CJK',), ('HANGUL',))

    """
    if text.isascii():  # as most names are, and they are read by the ten thousand
        return ("LATIN",) if any(map(str.isalpha, text)) else ()
    found: dict[str, None] = {}
    for letter in text:
        if letter.isalpha():
            name = unicodedata.name(letter, "")
            found[next((s for s in _SCRIPTS if name.startswith(s)), "OTHER")] = None
    return tuple(found)


@lru_cache(maxsize=65_536)
def latin(text: str, *, company: bool = False) -> str:
    """The name in capital Latin letters, digits and spaces; Han syllable by syllable.

    Args:
        text: as written.
        company: translate what registers translate (有限公司, 海运) before reading the rest.

    Examples:
        >>> latin("白梅八号"), latin("Бай Мэй 8"), latin("第八新海丸")
        ('BAI MEI 8', 'BAY MEY 8', '8 XIN HAI MARU')
        >>> latin("香港海運有限公司", company=True)
        'HONG KONG SHIPPING CO LTD'

    """
    if text.isascii():
        return _plain(text)
    said = unicodedata.normalize("NFKC", text)
    if company:
        for word, means in _WORDS:
            said = re.sub(word, means, said, flags=re.IGNORECASE)
    said = said.replace("丸", " maru ")
    said = _LATIN_NUMBERED.sub(r" \g<digits> ", said)
    said = _NUMBERED.sub(lambda found: f" {_number(found['first'] or found['last'])} ", said)
    said = re.sub(r"(?<=[가-힣])호(?=\s|$)", " ", said)
    said = re.sub(r"[号號轮輪](?=\s|$)", " ", said)
    said = _RUN.sub(_read, said)
    return _plain(anyascii(said))


def _plain(letters: str) -> str:
    # Signs of softness and glottal stops spell nothing that another hand would write.
    flat = letters.replace("'", "").replace("`", "").upper()
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", flat).split())


def _read(run: re.Match[str]) -> str:
    """Han sign by sign, apart; other scripts as they run."""
    if run["han"]:
        return " " + " ".join(anyascii(sign) for sign in run["han"]) + " "
    return str(anyascii(run[0]))


def _number(signs: str) -> int:
    """Han numerals: 十八 is 18, 二十 is 20, 八 is 8, 一〇 is 10."""
    if not set(signs) & {"十", "拾"}:
        return int("".join(str(_HAN_DIGITS[sign]) for sign in signs))
    before, _, after = signs.replace("拾", "十").partition("十")
    if "十" in after:
        return int("".join(str(_HAN_DIGITS[sign]) for sign in signs))
    tens = _HAN_DIGITS[before] if len(before) == 1 else 1
    return 10 * tens + (_HAN_DIGITS[after] if len(after) == 1 else 0)


_FOLDS: Final = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"TSCH|TCH|TZ|TS|DZ|ZH|CH|DJ|J", "c"),
        (r"Q(?=[IUY])", "c"),
        (r"C(?=[EIY])", "s"),
        (r"HS|SCH|SH|SZ|X|S|Z", "s"),
        (r"CK|KH|GH|C|K|G|Q", "k"),
        (r"TH|DH|T|D", "t"),
        (r"PH|P|B|F", "p"),
        (r"NG(?=[^AEIOUYaeiou]|$)", "n"),
        (r"R|L", "l"),
        (r"OW(?=[^AEIOUYaeiou]|$)", "o"),
        (r"(?<=[cskptnl])[WV]", "o"),
        (r"V|W", "w"),
        (r"EO|OU|OO|EU|OE|O|U", "o"),
        (r"AE|AI|AY|EI|EY|E", "e"),
        (r"IE|Y|I", "i"),
        (r"(?<=[a-z])H", ""),
    )
)


@lru_cache(maxsize=65_536)
def skeleton(letters: str) -> str:
    """Sounds that pinyin, Wade-Giles, both Korean romanisations and their like spell alike.

    Voiced and unvoiced stops, the affricates, the sibilants, r and l, o and eo and u are each one
    sound: what is left tells names apart less well, but survives another clerk's romanisation.

    Args:
        letters: capital Latin letters without spaces.

    Examples:
        >>> skeleton("TSINGTAO") == skeleton("QINGDAO")
        True
        >>> skeleton("CHONGCHONGANG") == skeleton("CHEONGCHEONGANG")
        True
        >>> skeleton("BAIMEI"), skeleton("BAIMAI"), skeleton("PAIMEI"), skeleton("BAEKMAE")
        ('peme', 'peme', 'peme', 'pekme')

    """
    said = letters
    for pattern, put in _FOLDS:
        said = pattern.sub(put, said)
    return re.sub(r"(.)\1+", r"\1", said.lower())
