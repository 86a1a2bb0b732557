"""Frames as files: H.264 in MP4 that browsers play, and GIF; the same frames, the same bytes."""

from abc import ABC, abstractmethod
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

TICKS: Final = 25
"""Frames stand on a grid of 1/25 s, so that an editor's constant rate loses none of them."""
CRF: Final = 18
"""x264's constant quality; at 18 text stays sharp and a hull of a few pixels keeps its shape."""
PRESET: Final = "medium"
GOP: Final = 12
"""A whole picture at least so often: viewers step through a film frame by frame."""
X264: Final = {"preset": PRESET, "crf": str(CRF), "g": str(GOP), "bf": "0"}
"""No frame looks ahead: frames of uneven length then keep their times in every player."""
THREADS: Final = 4
"""Fixed, because x264's bytes depend on the number of its threads and not on what else runs."""
_GIF_TICKS: Final = 100
GIF_COLOURS: Final = 64
"""Of one frame; 256 look no better on hulls and quays and weigh a third more."""


def ticks(seconds: float) -> int:
    """How many 1/25 s a frame stands: at least one.

    Examples:
        >>> ticks(0.25), ticks(0.0), ticks(1.7)
        (6, 1, 42)

    """
    return max(1, round(seconds * TICKS))


class _Film(ABC):
    """A file of frames that is whole once it is closed, and closed on leaving its block."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Mp4(_Film):
    """An MP4 being written: H.264, 4:2:0, BT.709, its index in front so that a page can stream it.

    No time of making and no name of an encoder is written, so equal frames give equal bytes.

    Args:
        path: of the file; its folder must be there.
        shape: height and width of every frame, both even.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with Mp4(Path(folder) / "a.mp4", (64, 96)) as film:
        ...         film.add(np.zeros((64, 96, 3), np.uint8), seconds=0.5)
        ...     film.frames, film.seconds
        (1, 0.48)

    """

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.frames, self._at = 0, 0
        self._lengths: dict[int, int] = {}
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._container = av.open(str(path), "w", format="mp4", options=options)
        self._base = Fraction(1, TICKS)
        stream: Any = self._container.add_stream("libx264", rate=TICKS)
        stream.height, stream.width = shape
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._base
        context: Any = stream.codec_context
        context.time_base = self._base
        context.thread_count = THREADS
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = context.color_trc = 1  # BT.709 in ITU-T H.273
        stream.options = {**X264, "flags": "+bitexact"}
        self._stream = stream

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self._at / TICKS

    def add(self, frame: Picture, *, seconds: float) -> None:
        """One frame (y, x, 3) and how long it stands."""
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        made: Any = picture.reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
        )
        made.pts, made.time_base = self._at, self._base
        length = ticks(seconds)
        self._lengths[self._at] = length
        self._at += length
        self.frames += 1
        self._mux(made)

    def _mux(self, frame: Any) -> None:  # noqa: ANN401  # a frame, or None to end
        for packet in self._stream.encode(frame):
            if packet.pts in self._lengths:
                packet.duration = self._lengths.pop(packet.pts)
            self._container.mux(packet)

    def close(self) -> None:
        """Write what is left; the file is whole after this."""
        if self.frames:
            self._mux(None)
        self._container.close()


class Gif(_Film):
    """A GIF being written, that repeats for ever; each frame has the 64 colours that suit it.

    Args:
        path: of the file.
        shape: height and width of every frame.

    """

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.frames, self._at = 0, 0
        self._container = av.open(
            str(path), "w", format="gif", options={"loop": "0", "fflags": "+bitexact"}
        )
        stream: Any = self._container.add_stream("gif", rate=_GIF_TICKS)
        stream.height, stream.width = shape
        stream.pix_fmt = "pal8"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _GIF_TICKS)
        stream.codec_context.thread_count = 1
        self._stream = stream
        self._last = 0

    def add(self, frame: Picture, *, seconds: float) -> None:
        """One frame (y, x, 3) and how long it stands."""
        indexed = Image.fromarray(frame).quantize(GIF_COLOURS, Image.Quantize.MEDIANCUT, 0,
                                                  None, Image.Dither.NONE)  # fmt: skip
        flat = indexed.getpalette() or []
        colours = np.zeros((256, 4), np.uint8)
        rgb = np.array(flat, np.uint8).reshape(-1, 3)
        colours[: len(rgb), 0], colours[: len(rgb), 1:] = 255, rgb  # alpha first, as pal8 has it
        made: Any = av.VideoFrame.from_ndarray((np.asarray(indexed), colours), format="pal8")  # type: ignore[arg-type]  # pal8 takes a pair
        made.pts, made.time_base = self._at, Fraction(1, _GIF_TICKS)
        self._last = max(2, round(seconds * _GIF_TICKS))  # below 2/100 s viewers make up their own
        self._at += self._last
        self.frames += 1
        for packet in self._stream.encode(made):
            packet.duration = self._last
            self._container.mux(packet)

    def close(self) -> None:
        """Write what is left."""
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
