"""The linter of sources and drafts: it finds what is planted, and is silent on what is right."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.lint_chronology import said
from quaywatch.cases.lint_figures import figures_of
from quaywatch.cases.lint_issue import CODES, Severity
from quaywatch.cases.lint_names import edits
from quaywatch.cases.lint_prose import prose_of
from quaywatch.cases.lint_source import lint_source
from quaywatch.testing.lint_investigations import INVESTIGATIONS_ONE, INVESTIGATIONS_TWO
from quaywatch.testing.lint_texts import DEVELOPED_ON, KEPT_BACK, clean, planted

ROOT = Path(__file__).parents[2]
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 1))
OURS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINT_PAGES = {"lint.md", "seeds.md"}
"""They show slips as examples."""


@pytest.mark.parametrize(
    "text",
    [*DEVELOPED_ON, *KEPT_BACK, *INVESTIGATIONS_ONE, *INVESTIGATIONS_TWO],
    ids=lambda t: t[:20].strip(),
)
def test_a_text_without_slips_is_left_alone(text: str) -> None:
    """A linter that cries wolf is switched off, and then catches nothing."""
    assert lint_source(clean(text)) == ()


@pytest.mark.parametrize("page", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_our_own_pages_are_left_alone(page: Path) -> None:
    """They are full of counts, dates, tables and names, and meant as they stand."""
    found = lint_source(page.read_text(encoding="utf-8"))
    assert page.name in LINT_PAGES or not [i for i in found if i.severity is Severity.SLIP]


def test_most_of_what_is_planted_is_found_where_it_stands() -> None:
    """What it was made on; docs/lint.md has the figures of texts that were kept back."""
    spots = [spot for text in DEVELOPED_ON for spot in planted(text)]
    missed = [s for s in spots if not any(abs(i.line - s.line) <= 1 for i in lint_source(s.text))]
    assert len(missed) <= len(spots) // 10, [(s.kind, s.wrong) for s in missed]


@given(start=DAYS, days=st.integers(2, 60), off=st.integers(-40, 40))
def test_an_interval_is_told_from_its_dates_whatever_they_are(
    start: date, days: int, off: int
) -> None:
    """Month ends, leap years and year ends are where counting by hand goes wrong."""
    end = start + timedelta(days=days)
    printed = days + off
    text = f"It left on {said(start)}. Some {printed} days later, on {said(end)}, it was back."
    found = [i.code for i in lint_source(text.replace("Some ", ""))] if printed > 1 else []
    assert ("interval-mismatch" in found) == (printed > 1 and abs(off) > 1)


@given(on=DAYS)
def test_a_weekday_is_checked_by_the_calendar(on: date) -> None:
    """A right one is never doubted, a wrong one always."""
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    right, wrong = names[on.weekday()], names[(on.weekday() + 3) % 7]
    assert lint_source(f"It left on {right}, {said(on)}.") == ()
    codes = [i.code for i in lint_source(f"It left on {wrong}, {said(on)}.")]
    assert codes == ["weekday-mismatch"]


@given(step=st.integers(1, 20), start=DAYS)
def test_a_year_out_of_its_run_is_told_in_either_direction(step: int, start: date) -> None:
    """One wrong digit in a year puts a ship in port a year early."""
    first, second, third = (start + timedelta(days=step * k) for k in range(3))
    if (second.month, second.day) == (2, 29):
        return
    for wrong in (second.replace(year=second.year - 1), second.replace(year=second.year + 1)):
        text = f"It left on {said(first)}. On {said(wrong)} it called. It sailed on {said(third)}."
        assert [i.code for i in lint_source(text)] == ["year-out-of-run"]
    text = f"It left on {said(first)}. On {said(second)} it called. It sailed on {said(third)}."
    assert lint_source(text) == ()


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    """What comes from the web holds anything; places must lie in the text."""
    for issue in lint_source(text):
        assert issue.code in CODES
        assert 1 <= issue.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    ["Aa Bb Cc Dd " * 4000, "<!--" * 8000, "x" * 40_000, "12 ships, " * 4000, "``` a\n" * 2000],
    ids=["names", "comments", "letters", "counts", "fences"],
)
def test_a_text_without_end_is_read_in_the_time_of_its_length(text: str) -> None:
    """A page that was scraped badly must not hold up a case; pytest's own limit stops this."""
    assert lint_source(text) == ()


@given(one=st.text("abcde", min_size=1, max_size=6), other=st.text("abcde", min_size=1, max_size=6))
def test_edits_do_not_depend_on_the_order(one: str, other: str) -> None:
    """Which spelling is the rare one is decided by counts alone."""
    assert edits(one, other) == edits(other, one)
    assert (edits(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("over $33 million", 33e6, "money"),
        ("approximately 330,000 metric tonnes", 330e3, "mass"),
        ("$100 per ton", 100.0, "price"),
        ("twenty-three", 23.0, "count"),
        ("3.7 million tonnes", 3.7e6, "mass"),
    ],
)
def test_figures_are_read_as_people_write_them(text: str, value: float, kind: str) -> None:
    """A scale or a unit read wrongly makes a thousandfold slip."""
    figure = next(figures_of(text))
    assert figure.value == pytest.approx(value)
    assert figure.kind == kind
    assert figure.low <= figure.value <= figure.high


def test_masking_keeps_every_place() -> None:
    """An issue that points to another line sends its reader astray."""
    text = "One `two` http://x.org/y\n\n```\ncode 31 June 2024\n```\nOn 31 June 2024 it left.\n"
    prose = prose_of(text)
    assert len(prose.masked) == len(text)
    (issue,) = lint_source(text)
    assert (issue.line, issue.code) == (6, "date-impossible")


def test_every_code_is_told_and_nothing_is_mended() -> None:
    """A code on the page that no check gives, or the reverse, misleads who reads the page."""
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    assert set(CODES) == set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("lint_*.py"))
    for code in CODES:
        assert source.count(f'"{code}"') >= 2, code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("It lay there nine days, from 21 to 27 July 2023.", "interval-mismatch"),
        ("It was out from 19:30 to 23:30, six hours.", "interval-mismatch"),
        ("Of the eleven, nineteen flew one flag.", "part-exceeds-whole"),
        ("On ten of the six days it was seen.", "part-exceeds-whole"),
        ("Two of the six turned back. The five others went on.", "remainder-mismatch"),
        ("Each of ten trains brought 990 tonnes, 9,000 tonnes in all.", "product-mismatch"),
        ("Nine ships brought 40,500 tonnes, an average of 5,400 tonnes.", "rate-mismatch"),
        ("60% of its berths are leased and 50% are not.", "percentage-sum"),
        ("Of 250 wagons inspected, 50, or 25%, held nothing.", "percentage-mismatch"),
        ("It rose from $300 to $330 a tonne, by 30%.", "percentage-mismatch"),
        ("It handled 640 calls: 410 at the upper quay and 320 at the lower.", "sum-mismatch"),
        ("It was seen on 3, 8, 12, 9, 24 and 30 September 2019.", "list-order"),
        ("Its MMSI is 26512345.", "identifier-shape"),
        ("It was bought for 9.1 million US dollars USD.", "currency-doubled"),
    ],
)  # fmt: skip
def test_each_form_of_words_is_read(text: str, code: str) -> None:
    """Forms that texts in the manner of investigations showed to be passed over."""
    assert code in {issue.code for issue in lint_source(text)}


@pytest.mark.parametrize(
    "text",
    [
        "It was heard on 12 nights between 3 and 30 September 2021.",
        "Two of the six turned back, one sank, and the other three went on.",
        "Of the eleven, nine had called before.",
        "In the first half of 2021 they sold four: two in May and two in June.",
        "On the image of 5 May 2022 we count 18 cars and 9 vans, a total of 27.",
        "It was asked on 14, 15 and 18 February and on 2, 4, 7 and 9 March.",
        "Prices rose from $300 to $330 a tonne, by 10%.",
        "The bar was open from 22:00 to 02:00, four hours.",
    ],
)
def test_what_is_right_in_those_forms_is_left_alone(text: str) -> None:
    """Each of these could be taken for a slip by a rule that reads too fast."""
    assert lint_source(text) == ()
