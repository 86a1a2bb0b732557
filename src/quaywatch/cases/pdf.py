"""The dossier as PDF: the page set in type, tagged, with nothing fetched and no system font.

Same page, same bytes, on every machine with the same version of the typesetter: the fonts come with
it and with matplotlib, the date is that of the build, and the file's identifier follows from its
content.
"""

import base64
import hashlib
import re
from datetime import datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import matplotlib as mpl
import typst
from matplotlib.font_manager import get_font

from quaywatch.cases.pdf_markup import Markup, quoted, tree_of
from quaywatch.errors import TypesettingError

STANDARD: Final = "a-2a"
"""PDF/A-2a: archival, tagged for screen readers (ISO 19005-2)."""
_LOOKS = files("quaywatch.cases") / "templates" / "dossier.typ"
_DATA_URI = re.compile(r"data:image/(png|svg\+xml);base64,([A-Za-z0-9+/=]*)\Z")
_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Oblique.ttf")


def typesetter() -> str:
    """Name and version of what sets the sheets; another version may set other bytes.

    Examples:
        >>> typesetter().split()[0]
        'typst'

    """
    return f"typst {version('typst')}"


def _font_dir() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _drawn() -> frozenset[int]:
    """Code points that DejaVu Sans has, which stands in for whatever the serif lacks."""
    return frozenset(get_font(str(_font_dir() / _FONTS[0])).get_charmap())


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_font_dir())]
    )


class _Pictures:
    """Pictures of the page as files beside the sheet, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, uri: str) -> str:
        match = _DATA_URI.match(uri)
        if match is None:
            raise TypesettingError(fact="a picture of the page is not part of it")
        data = base64.b64decode(match[2])
        ending = "svg" if match[1].startswith("svg") else "png"
        name = f"{hashlib.sha256(data).hexdigest()[:24]}.{ending}"
        (self._folder / name).write_bytes(data)
        return name


def pdf_of(html: str, *, title: str, case_id: str, built_at: datetime, simulated: bool) -> bytes:
    """The PDF of a dossier's page.

    Args:
        html: the page.
        title: of the dossier, on every sheet.
        case_id: on every sheet.
        built_at: aware UTC; the only date in the file.
        simulated: marks every sheet.

    Raises:
        TypesettingError: it cannot be set.

    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        markup = Markup(_drawn(), _Pictures(folder).keep)
        body = markup.sheet(tree_of(html))
        at = (
            f"datetime(year: {built_at.year}, month: {built_at.month}, day: {built_at.day}, "
            f"hour: {built_at.hour}, minute: {built_at.minute}, second: {built_at.second})"
        )
        looks = _LOOKS.read_text(encoding="utf-8")
        sheet = (
            f"{looks}\n#show: dossier.with(title: {quoted(title)}, caseid: {quoted(case_id)}, "
            f"simulated: {str(simulated).lower()}, built: {at})\n#{body}\n"
        )
        (folder / "dossier.typ").write_text(sheet, encoding="utf-8")
        try:
            made = typst.compile(
                str(folder / "dossier.typ"),
                root=str(folder),
                font_paths=_fonts(),
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=[STANDARD],
                timestamp=int(built_at.timestamp()),
            )
        except typst.TypstError as err:
            raise TypesettingError(fact=str(err)[:300]) from err
    if not isinstance(made, bytes):
        raise TypesettingError(fact="the typesetter gave no file")
    return made
