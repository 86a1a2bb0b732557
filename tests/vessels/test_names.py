"""Names: one written twice, or two? What a clerk may change, and what makes another ship."""

import math
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.vessels.names import Kind, names_in, read_name
from quaywatch.vessels.names_likeness import (
    LOG_MOST,
    Numbers,
    features_of,
    likeness,
    log_ratio,
    why,
)
from quaywatch.vessels.names_scripts import latin, scripts_of, skeleton
from quaywatch.vessels.names_search import alike_pairs, nearest
from quaywatch.vessels.names_words import bits_of, word_bits

NAMES = st.text(alphabet="ABCDEFGHIKLMNOPRSTUVWY ", min_size=1, max_size=18)
ANY = st.text(max_size=24)


def ratio(one: str, other: str, kind: Kind = Kind.SHIP) -> float:
    """The ratio of two names that are known to be readable."""
    told = likeness(one, other, kind)
    assert told is not None
    return told.ratio


@given(ANY, ANY)
def test_any_text_is_read_or_refused(one: str, other: str) -> None:
    """Registers hold any bytes; a search over them must never fall over one name."""
    told = likeness(one, other)
    back = likeness(other, one)
    assert (told is None) == (back is None)
    if told is not None and back is not None:
        assert told.ratio == pytest.approx(back.ratio)
        assert abs(math.log(told.ratio)) <= LOG_MOST + 1e-9


@given(NAMES)
def test_a_name_is_most_like_itself(name: str) -> None:
    """Nothing may look more like a name than the very same letters."""
    read = read_name(name)
    if read is None:
        return
    same = log_ratio(features_of(read, read), Kind.SHIP)
    for other in (name + " GLORY", name[:-1], "GRAND " + name):
        changed = read_name(other)
        if changed is not None:
            assert log_ratio(features_of(read, changed), Kind.SHIP) <= same + 1e-9


@given(NAMES, st.integers(1, 20), st.integers(1, 20))
def test_another_number_is_another_ship(name: str, one: int, other: int) -> None:
    """BAI MEI 8 is not BAI MEI 9, however alike the letters: a false identity accuses a ship."""
    mine, theirs = read_name(f"{name} {one}"), read_name(f"{name} {other}")
    if mine is None or theirs is None or not mine.key or mine.numbers == theirs.numbers:
        return
    assert log_ratio(features_of(mine, theirs), Kind.SHIP) < 0


@pytest.mark.parametrize(
    "text",
    ["BAI MEI 8", "M/V Bai Mei No.8", "MV BAIMEI8", "Bai-Mei VIII", "白梅8", "白梅八号", "白梅8號",
     "BAI MEI (ex PETREL 8)", "BAI MEI 8@@@@"],
    ids=["plain", "prefix", "glued", "roman", "han", "han-no", "traditional", "former", "padding"],
)  # fmt: skip
def test_a_ship_is_found_however_it_is_written(text: str) -> None:
    """AIS, lists and articles write one name in their own ways; a miss is a silent gap."""
    read = read_name(text)
    assert read is not None
    assert read.key == "BAIMEI"
    if "ex" not in text:
        assert read.numbers == (8,)


@pytest.mark.parametrize(
    ("one", "other"),
    [("BAI MEI", "BAI MAI"), ("QINGDAO", "TSINGTAO"), ("CHONG CHON GANG", "CHEONGCHEONGANG"),
     ("PI RUY GANG", "PI RYU GANG"), ("백매", "BAEK MAE"), ("АНГАРА", "ANGARA"),
     ("\u039c\u0391\u03a1\u0399\u0391", "MARIA"),
     ("O UN CHONG NYON HO", "O Un Chong Nyon")],
    ids=["slip", "wade-giles", "korean", "typing", "hangul", "cyrillic", "greek", "ho"],
)  # fmt: skip
def test_another_hand_is_recognised(one: str, other: str) -> None:
    """The seeds print Bai Mei and Bai Mai; lists romanise by three systems."""
    assert ratio(one, other) > 10


@pytest.mark.parametrize(
    ("one", "other"),
    [("BAI MEI 8", "BAI MEI 9"), ("PETREL 1", "PETREL 8"), ("SIERRA", "TAVIAN"),
     ("HYOK SIN 2", "JI HYE SAN"), ("SUNRISE 1", "SUNRISE 11")],
    ids=["number", "number-latin", "renamed", "renamed-korean", "digit-more"],
)  # fmt: skip
def test_two_names_are_two(one: str, other: str) -> None:
    """A renamed ship bears two names that are not alike: likeness must not pretend otherwise."""
    assert ratio(one, other) < 1


def test_a_common_name_tells_less_than_a_rare_one() -> None:
    """Hundreds of ships are called STAR: the same name shows less there."""
    assert ratio("STAR", "STAR") < ratio("KHOROMSK", "KHOROMSK")
    assert word_bits("STAR", Kind.SHIP) < word_bits("KHOROMSK", Kind.SHIP)
    assert bits_of((), Kind.SHIP) == 0.0


def test_companies_lose_their_legal_forms_and_keep_their_words() -> None:
    """Registers translate and abbreviate what a company is; its name is the rest."""
    one = read_name("Chang An Shipping & Technology Co., Ltd.", Kind.COMPANY)
    assert one is not None
    assert one.words == ("CHANG", "AN", "SHIPPING", "TECHNOLOGY")
    assert ratio("KOREA SAMMA SHPG CO", "Korea Samma Shipping Company Limited", Kind.COMPANY) > 100
    assert ratio("香港海運有限公司", "Hong Kong Shipping Co Ltd", Kind.COMPANY) > 100
    assert ratio("Kind Glory Shipping", "Ocean Maritime Management", Kind.COMPANY) < 1


def test_han_signs_are_read_in_mandarin_and_that_is_said() -> None:
    """A Japanese ship of the same signs is spelt otherwise: what was guessed must be said."""
    read = read_name("白梅丸")
    assert read is not None
    assert read.words == ("BAI", "MEI", "MARU")
    assert read.caution is not None
    assert "Mandarin" in read.caution
    plain = read_name("BAI MEI")
    assert plain is not None
    assert plain.caution is None
    assert latin("第二十八海洋丸") == "28 HAI YANG MARU"
    assert scripts_of("Бай 白") == ("CYRILLIC", "CJK")


def test_brackets_hold_another_name_not_more_of_this_one() -> None:
    """Lists print two names in one cell; joined they would match neither."""
    assert list(names_in("Chong Bong (Greenlight) (Blue Nouvelle)")) == [
        ("Chong Bong", "name"), ("Greenlight", "beside"), ("Blue Nouvelle", "beside"),
    ]  # fmt: skip
    assert list(names_in("(ex KRITI VIGOR)")) == [("KRITI VIGOR", "former")]


@pytest.mark.parametrize("text", ["", "   ", "@@@@", "NOT NAMED", "N/A", "---", "UNKNOWN"])
def test_a_filler_names_nothing(text: str) -> None:
    """Two ships that both send NOT NAMED share no name."""
    assert read_name(text) is None


def test_the_likest_come_first_and_every_alike_pair_is_found() -> None:
    """A search that leaves one out is a silent gap."""
    names = [
        read_name(n) for n in ("SEA STAR", "PAI MEI 8", "BAI MEI 9", "BAI MAI 8", "ZHONG SHAN")
    ]
    read = [name for name in names if name is not None]
    wanted = read_name("白梅 8")
    assert wanted is not None
    assert {near.index for near in nearest(wanted, read)} == {1, 3}
    assert [tuple(pair) for pair in alike_pairs(read).tolist()] == [(1, 2), (1, 3), (2, 3)]
    assert nearest(wanted, []) == []


def test_why_says_what_is_alike_and_what_is_not() -> None:
    """A ratio without its reason cannot be doubted."""
    one, other = read_name("YI LI 1"), read_name("YILI")
    assert one is not None
    assert other is not None
    found = features_of(one, other)
    assert found.numbers is Numbers.ONE
    assert why(one, other, found) == "the same letters, only one has a number (1)"


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=20))
def test_sounds_are_small_letters_without_doubles(letters: str) -> None:
    """Sounds are compared as strings: a stray capital would count as an edit."""
    said = skeleton(letters)
    assert said == said.lower()
    assert all(a != b for a, b in pairwise(said))


@pytest.mark.slow
@pytest.mark.realdata
def test_the_table_that_ships_is_the_one_that_is_fitted(shared_data: Path) -> None:
    """A table edited by hand would still look measured."""
    from quaywatch.testing.bench.names_fit import ratios_csv  # noqa: PLC0415  # only with data

    kept = resources.files("quaywatch.vessels").joinpath("names_ratios.csv")
    assert ratios_csv(shared_data) == kept.read_text(encoding="utf-8")
