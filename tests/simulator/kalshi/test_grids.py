"""The documented bands, whole and without holes."""

import itertools

from arbees.simulator.kalshi.desk import bands_of
from arbees.simulator.kalshi.grids import GRIDS


def test_bands_are_contiguous_and_each_end_is_on_its_own_grid() -> None:
    assert len(GRIDS) == 12
    for name, ranges in GRIDS.items():
        bands = bands_of(ranges)
        assert (bands[0][0], bands[-1][1]) == (0, 10_000), name
        assert all((end - start) % step == 0 for start, end, step in bands), name
        assert all(a[1] == b[0] for a, b in itertools.pairwise(bands)), name
