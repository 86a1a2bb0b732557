"""A film is cut up and shown alone: every frame must say what it is, and no gap may be silent."""

import itertools
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.cases.film import Caption, Gap, Lettering, Reel, bar_m, fitted, font, hatch, smaller
from quaywatch.cases.film_cut import LAST_S, LEAST_S, NO_IMAGE, Pacing, cut, gap_between, long_gaps
from quaywatch.cases.film_files import Gif, Mp4, ticks
from quaywatch.cases.film_sheet import Words, contact_sheet, plate
from quaywatch.cases.film_terms import permission

START = datetime(2024, 1, 1, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = Words("A quay", ("2 usable of 3 looks",), ("nobody, CC0-1.0",), 3.0)


def reel(**changes: object) -> Reel:
    """What some frames share."""
    given: dict[str, object] = {
        "place": "A quay", "looks": 2, "gsd_m": 3.0, "start": START, "end": START + 30 * DAY,
        "usable": (START, START + 30 * DAY), "unusable": (START + DAY,),
    }  # fmt: skip
    return Reel(**(given | changes))  # type: ignore[arg-type]  # fields by name


def caption(**changes: object) -> Caption:
    """What stands under a frame."""
    given: dict[str, object] = {
        "when": "2024-01-01 10:30 UTC", "at": START, "sensor": "PlanetScope, pixel 3.0 m",
        "registration": "registered to 0.21 px", "registered": True,
        "credit": "nobody, CC0-1.0", "number": 1,
    }  # fmt: skip
    return Caption(**(given | changes))  # type: ignore[arg-type]  # fields by name


def picture(height: int = 120, width: int = 200, value: int = 90) -> np.ndarray:
    """One flat tone."""
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        {"when": "2024-01-01 10:31 UTC"},
        {"sensor": "Sentinel-2 MSI, pixel 10.0 m"},
        {"registration": "not registered", "registered": False},
        {"credit": "somebody, CC-BY-4.0"},
        {"since": "12 days after the last usable look"},
        {"number": 2},
        {"at": START + 20 * DAY},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_fact_of_a_look_shows_in_its_frame(change: dict[str, object]) -> None:
    """A fact that leaves no trace in the pixels is not burnt in."""
    letters = Lettering(reel(), 120, 200)
    seen = np.ones((120, 200), bool)
    one, other = (letters.look(picture(), seen, caption(**c)) for c in ({}, change))
    assert (one[:120] == other[:120]).all()
    assert (one[120:] != other[120:]).any()


def test_the_picture_itself_is_not_lettered_over() -> None:
    """A caption over a berth hides a ship."""
    letters = Lettering(reel(), 120, 700)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (120, 700, 3), np.uint8)
    frame = letters.look(noise, np.ones((120, 700), bool), caption())
    assert (frame[:120] == noise).all()
    assert frame.shape[0] % 2 == frame.shape[1] % 2 == 0


def test_what_was_not_seen_is_hatched_and_never_black_water() -> None:
    """A nodata pixel is never a ship, nor water without one."""
    seen = np.ones((60, 700), bool)
    seen[:, :100] = False
    frame = Lettering(reel(), 60, 700).look(picture(60, 700, 0), seen, caption())
    assert (frame[:60, :100] == hatch(60, 100)).all()
    assert (frame[:60, 100:] == 0).all()


def test_a_stamp_is_on_looks_and_gaps_alike() -> None:
    """One frame without the stamp is the one that gets printed."""
    plain, stamped = Lettering(reel(), 120, 700), Lettering(reel(stamps=("SIMULATED",)), 120, 700)
    seen = np.ones((120, 700), bool)
    gap = Gap(START, START + 9 * DAY, 9.0, {NO_IMAGE: 8})
    for one, other in (
        (plain.look(picture(120, 700), seen, caption()),
         stamped.look(picture(120, 700), seen, caption())),
        (plain.gap(gap, None), stamped.gap(gap, None)),
    ):  # fmt: skip
        assert (one[:20, :60] != other[:20, :60]).any()


@given(gsd=st.floats(0.3, 60.0), width=st.integers(100, 4000))
def test_a_scale_bar_is_round_and_fits(gsd: float, width: int) -> None:
    """Readers measure ships with it."""
    metres = bar_m(gsd, width)
    assert str(metres).lstrip("0.")[0] in "125"
    assert 0.1 < metres / gsd / width < 0.4


def test_a_long_name_is_cut_within_its_room() -> None:
    """Text that runs over other text is read as neither."""
    face = font(15)
    assert face.getlength(fitted("名 " + "very long name " * 20, face, 120.0)) <= 120.0
    assert fitted("名", face, 120.0) == "[1 Han]"


def test_a_pixel_partly_unseen_is_unseen_when_made_smaller() -> None:
    """Averaging may not turn a blank edge into dark water."""
    seen = np.ones((8, 8), bool)
    seen[3, 3] = False
    small, clear = smaller(picture(8, 8), seen, (4, 4))
    assert small.shape == (4, 4, 3)
    assert np.argwhere(~clear).tolist() == [[1, 1]]


days = st.lists(st.floats(0.01, 60.0), min_size=1, max_size=40).map(
    lambda steps: [START + timedelta(days=float(d)) for d in np.cumsum([0.0, *steps])]
)


@given(usable=days, hold=st.floats(0.5, 20.0), speed=st.floats(0.5, 30.0))
def test_true_time_accounts_for_every_day(
    usable: list[datetime], hold: float, speed: float
) -> None:
    """A day that is neither shown nor said to be unseen is a silent gap."""
    steps = cut(usable, (), pacing=Pacing.TRUE_TIME, fps=4.0, days_per_second=speed, hold_days=hold)
    assert [s.look for s in steps if s.look is not None] == list(range(len(usable)))
    said = {s.gap.start: s.gap for s in steps if s.gap is not None}
    for a, b in itertools.pairwise(usable):
        assert ((b - a) / DAY > hold) == (a in said)
    total = sum(s.seconds for s in steps) - LAST_S
    true = (usable[-1] - usable[0]) / DAY / speed
    assert true - 1e-6 <= total <= true + LEAST_S * len(usable)


@given(usable=days, others=st.lists(st.floats(0.0, 400.0), max_size=60))
def test_a_gap_counts_each_look_and_each_day_once(
    usable: list[datetime], others: list[float]
) -> None:
    """It is said of days without an image that there was none, and of no other."""
    odd = [(START + timedelta(days=d), "clouded") for d in others]
    for gap in long_gaps(usable, odd, 3.0):
        between = {gap.start.date() + n * DAY
                   for n in range(1, (gap.end.date() - gap.start.date()).days)}  # fmt: skip
        looked = {at.date() for at, _ in odd if gap.start < at < gap.end}
        assert gap.reasons[NO_IMAGE] == len(between - looked)
        assert gap.reasons.get("clouded", 0) == sum(gap.start < at < gap.end for at, _ in odd)


def test_an_empty_stretch_between_two_looks_of_a_day_has_no_day_without_image() -> None:
    """Two looks minutes apart leave no unseen day."""
    assert gap_between(START, START + timedelta(minutes=3), ()).reasons == {NO_IMAGE: 0}


def test_the_mp4_holds_every_frame_for_as_long_as_was_asked(tmp_path: Path) -> None:
    """True time is only true if players keep it."""
    letters = Lettering(reel(), 120, 200)
    lengths = [0.25, 1.0, 0.08, 2.48, 0.4]
    path = tmp_path / "a.mp4"
    with Mp4(path, letters.shape) as film:
        for number, seconds in enumerate(lengths):
            tone = picture(value=40 + 40 * number)
            film.add(letters.look(tone, np.ones((120, 200), bool), caption()), seconds=seconds)
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.name == "h264"
        base = stream.time_base
        assert base is not None
        frames = list(opened.decode(stream))
        starts = [frame.pts * base for frame in frames if frame.pts is not None]
        whole = (stream.duration or 0) * base
        tones = [frame.to_ndarray(format="rgb24")[60, 320].mean() for frame in frames]
    wanted = [Fraction(sum(map(ticks, lengths[:n])), 25) for n in range(len(lengths))]
    assert starts == wanted
    assert whole == Fraction(sum(map(ticks, lengths)), 25)
    assert np.allclose(tones, [40, 80, 120, 160, 200], atol=3)
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


@pytest.mark.parametrize("kind", [Mp4, Gif], ids=["mp4", "gif"])
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, kind: type[Mp4] | type[Gif]) -> None:
    """The ledger keeps the hash of a film; one that changes by itself proves nothing."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 255, (6, 96, 128, 3), np.uint8)
    for name in ("a", "b"):
        with kind(tmp_path / name, (96, 128)) as film:
            for frame in noise:
                film.add(frame, seconds=0.2)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_gif_has_every_frame(tmp_path: Path) -> None:
    """A GIF that drops a look drops a ship."""
    with Gif(tmp_path / "a.gif", (40, 60)) as film:
        for value in (20, 90, 200):
            film.add(picture(40, 60, value), seconds=0.5)
    with av.open(str(tmp_path / "a.gif")) as opened:
        tones = [f.to_ndarray(format="rgb24").mean() for f in opened.decode(video=0)]
    assert np.allclose(tones, [20, 90, 200], atol=2)


def test_sheet_and_plate_repeat_and_show_each_look() -> None:
    """Stills are hashed like the film, and a look changed must change them."""
    seen = np.ones((120, 200), bool)
    one, two, other = (
        (picture(value=v), seen, caption(number=n)) for v, n in ((60, 1), (160, 2), (161, 2))
    )
    shots = [one, two]
    assert contact_sheet(shots, WORDS) == contact_sheet(shots, WORDS)
    assert plate(one, two, WORDS) == plate(one, two, WORDS)
    assert contact_sheet(shots, WORDS) != contact_sheet([one, other], WORDS)
    assert plate(one, two, WORDS) != plate(one, other, WORDS)
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([], WORDS)


@pytest.mark.parametrize(
    ("licence", "stated", "allowed"),
    [
        ("CC0-1.0", None, True), ("CC-BY-4.0", None, True), ("cc by-sa 4.0", None, True),
        ("CC-BY-NC-4.0", None, True), ("CC-BY-NC-ND-4.0", None, False),
        ("CC-BY-ND-4.0", True, False),
        ("CC-BY-4.0", False, False), ("Planet EULA", None, False), ("Planet EULA", True, True),
        ("proprietary", None, False), ("all rights reserved", None, False), ("", None, False),
        ("mitre-internal", None, False), ("LicenseRef-Copernicus", None, True),
    ],
)  # fmt: skip
def test_what_is_not_known_to_be_allowed_is_not_allowed(
    licence: str, *, stated: bool | None, allowed: bool
) -> None:
    """A film that its licence forbids costs a newsroom its supplier."""
    told = permission(licence, redistributable=stated)
    assert told.allowed is allowed
    assert told.why


@settings(max_examples=60)
@given(licence=st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_licence(licence: str) -> None:
    """Providers write what they like into that field."""
    assert permission(licence).why
