"""The mask that a provider delivers with a scene: found by its name, checked, read by window.

A mask is the word of somebody else on what may be called empty: it is taken for the scene that it
names and no other, must lie over it, and is hashed and kept with it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quaywatch.errors import SceneGridError, SidecarError
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.names import BY_RESOLUTION, home_of, read_name
from quaywatch.imagery.provider_mask import BAND_COUNT, read_provider
from quaywatch.imagery.raster_file import RasterFile, read_file
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.sensors import ProviderMask
from quaywatch.imagery.sidecar import Stated, read_sidecars
from quaywatch.imagery.sky import Classes

KEY = "provider-mask"
"""Of the mask among a scene's assets."""
_CLIP = r"(?:_clip\w*)?"
_NAMES = (
    (re.compile(rf"_udm2{_CLIP}\.tiff?$", re.IGNORECASE), ProviderMask.UDM2),
    (re.compile(rf"(?:_DN)?_udm{_CLIP}\.tiff?$", re.IGNORECASE), ProviderMask.UDM),
    (re.compile(r"_SCL(?:_\d\dm|_\(Raw\))?\.(?:jp2|tiff?)$", re.IGNORECASE), ProviderMask.SCL),
    (re.compile(r"_QA_PIXEL\.tiff?$", re.IGNORECASE), ProviderMask.QA_PIXEL),
)
"""Ends of file names; where a scene has several kinds, the first of these is taken."""
_TILE = re.compile(r"^(T\d\d[A-Z]{3}_\d{8}T\d{6})_")


@dataclass(frozen=True)
class MaskName:
    """What the name of a mask file says."""

    kind: ProviderMask
    scene: str
    """The provider's name of the scene, else what the name begins with."""
    stem: str
    """What the name begins with."""

    @property
    def rank(self) -> int:
        """Smaller is better: the place of its kind in the table."""
        return [kind for _, kind in _NAMES].index(self.kind)


def read_mask_name(name: str) -> MaskName | None:
    """What a file name says of a mask; None where it names none.

    Examples:
        >>> read_mask_name("20180102_175517_1005_3B_AnalyticMS_DN_udm.tif").kind
        <ProviderMask.UDM: 'udm'>
        >>> read_mask_name("T11SLT_20230718T182921_SCL_20m.jp2").scene
        'T11SLT_20230718T182921'
        >>> read_mask_name("20180102_175517_1005_3B_AnalyticMS.tif") is None
        True

    """
    for pattern, kind in _NAMES:
        found = pattern.search(name)
        if found is not None and found.start() > 0:
            stem = name[: found.start()]
            return MaskName(kind, _scene_of(stem) or stem, stem)
    return None


def _scene_of(name: str) -> str | None:
    """The provider's name of the scene in a file name."""
    tile = _TILE.match(name + "_")
    return tile[1] if tile else read_name(name).scene


def _belongs(mask: MaskName, image: Path) -> bool:
    """Whether a mask's name is that of the image's scene."""
    scene = _scene_of(image.name)
    # SkySat's names run on into the product: the mask's beginning is all that they share.
    skysat = "_ssc" in image.name and image.stem.startswith(f"{mask.stem}_")
    return mask.scene == (scene or image.stem) or image.stem == mask.stem or skysat


class MaskFinder:
    """Which of given files are masks, and of which scene."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Sort files, as named by themselves and by the sidecars of the others."""
        by_sidecar = {mask for mask in map(_stated_mask, paths) if mask is not None}
        self.masks = {
            path: name
            for path in paths
            if path not in by_sidecar and (name := read_mask_name(path.name)) is not None
        }
        self.images = [p for p in paths if p not in by_sidecar and p not in self.masks]
        """The files that are no masks, in the order given."""
        self._beside: dict[Path, list[Path]] = {}
        self._homes: dict[str, set[Path]] = {}
        for image in self.images:
            self._homes.setdefault(_scene_of(image.name) or image.stem, set()).add(home_of(image))

    def of(self, group: Sequence[Path]) -> Path | None:
        """The mask of a scene: as its sidecar says, else beside it, else among those given.

        A mask given from another folder is taken where one folder alone has a scene of its name.

        Args:
            group: the files of one scene.

        """
        for image in group:
            if (stated := _stated_mask(image)) is not None:
                return stated
        image = group[0]
        near = [path for path in self._near(home_of(image)) if self._fits(path, image)]
        far = [path for path in self.masks if self._fits(path, image)]
        if not near and len(self._homes.get(_scene_of(image.name) or image.stem, ())) > 1:
            far = []
        # Of several resolutions the finest comes first by name.
        return min(near or far, key=_order, default=None)

    def alone(self) -> list[Path]:
        """Masks given without an image of their scene."""
        return [
            path
            for path in self.masks
            if not any(
                self._fits(path, image)
                and (
                    home_of(path) == home_of(image)
                    or len(self._homes[_scene_of(image.name) or image.stem]) == 1
                )
                for image in self.images
            )
        ]

    def _fits(self, path: Path, image: Path) -> bool:
        name = read_mask_name(path.name)
        return name is not None and _belongs(name, image)

    def _near(self, home: Path) -> list[Path]:
        """The masks that lie in a folder, or in those of its resolutions."""
        if home not in self._beside:
            self._beside[home] = list(_masks_in(home))
        return self._beside[home]


def _masks_in(home: Path) -> Iterable[Path]:
    """Mask files of a folder by their names, and of the resolutions in it."""
    try:
        inside = sorted(home.iterdir())
    except OSError:
        return
    for path in inside:
        if BY_RESOLUTION.fullmatch(path.name) and path.is_dir():
            yield from (p for p in sorted(path.iterdir()) if read_mask_name(p.name) is not None)
        elif read_mask_name(path.name) is not None:
            yield path


def _order(path: Path) -> tuple[int, str, str]:
    name = read_mask_name(path.name)
    return 0 if name is None else name.rank, path.name, str(path)


def _stated_mask(image: Path) -> Path | None:
    """The mask that an image's sidecar names; a broken sidecar is refused where it is used."""
    try:
        stated = read_sidecars([image])
    except SidecarError:
        return None
    return None if stated.mask is None else image.with_name(stated.mask)


def load_mask(path: Path, stated: Stated, scene: Grid) -> tuple[ProviderMask, RasterFile]:
    """A mask file, read to its end and found to lie over its scene.

    Args:
        path: the mask.
        stated: what the scene's sidecar says of its kind; else its name tells.
        scene: the grid of the scene.

    Raises:
        SidecarError: nothing says which kind of mask it is.
        RasterUnreadableError: it cannot be read to its end.
        RasterNoCrsError: it is not georeferenced.
        RasterTooLargeError: it declares more pixels than any scene has.
        SceneGridError: it is no mask of its kind, or does not cover the scene.

    """
    name = read_mask_name(path.name)
    told = stated.mask_kind or (None if name is None else name.kind)
    if told is None:
        kinds = ", ".join(ProviderMask)
        fact = f"nothing says which kind of mask it is: state mask_kind ({kinds}) in the sidecar"
        raise SidecarError(path=str(path), fact=fact)
    kind = ProviderMask(told)
    count = BAND_COUNT[kind]
    file = read_file(path, Stated(bands=tuple(str(n) for n in range(count))))
    if len(file.bands) != count:
        fact = f"{len(file.bands)} bands where an {kind} mask has {count}"
        raise SceneGridError(path=str(path), fact=fact)
    if "int" not in file.dtype:
        fact = f"its values are {file.dtype}, and a mask holds whole numbers"
        raise SceneGridError(path=str(path), fact=fact)
    _covers(file, scene)
    return kind, file


def _covers(mask: RasterFile, scene: Grid) -> None:
    """Refuse a mask beyond which the scene goes on, by more than the coarser pixel of the two."""
    x, y = mask.grid.pixel_of(
        *scene.lonlat_of([0, scene.width, 0, scene.width], [0, 0, scene.height, scene.height])
    )
    slack = max(1.0, scene.gsd_m / mask.grid.gsd_m)
    within = (x >= -slack) & (x <= mask.grid.width + slack)
    within &= (y >= -slack) & (y <= mask.grid.height + slack)
    if not within.all():
        raise SceneGridError(path=str(mask.path), fact="the mask does not cover the scene")


def provider_over(scene: Scene, pixels: Pixels) -> tuple[ProviderMask, Classes] | None:
    """What the provider's mask says on the pixels of a window; None where the scene has none.

    Args:
        scene: as received, or moved by registration: its mask moves with it.
        pixels: a window of it, as read (``step`` 1).

    Raises:
        RasterUnreadableError: the mask has gone or is damaged.

    """
    if scene.mask is None or scene.sensor.radar:
        return None
    mask = scene.mask
    path = scene.by_key[mask.asset].path
    told = read_provider(path, mask.kind, mask.grid.window(*pixels.window))
    return mask.kind, np.ascontiguousarray(told)
