"""The mean hull that likeness takes off every chip, from the rectified ships of some dates.

    python scripts/likeness/mean.py --chips DIR --out FILE.npy [--until 20171001]

Both ways up, so that it does not depend on which end of a hull was taken for the bow.
"""

import argparse
from pathlib import Path

import numpy as np

from quaywatch.imagery.embedding import picture_of, prepared
from quaywatch.testing.bench.likeness_chips import read_ships


def main() -> None:
    """Write the mean as half floats, (band, along, across)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--until", default="20171001")
    args = parser.parse_args()
    chips = [s.chip for s in read_ships(args.chips) if s.day < args.until]
    mean = np.mean([prepared(picture_of(c), c.valid)[:3] for c in chips], axis=0)
    np.save(args.out, ((mean + mean[:, ::-1, ::-1]) / 2).astype(np.float16))
    print(len(chips), "ships")


if __name__ == "__main__":
    main()
