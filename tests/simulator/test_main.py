"""What the command line makes of its options."""

import pytest

from arbees.simulator.__main__ import _arguments, faults_of, options_of
from arbees.simulator.faults import parse_fault


def test_faults_are_armed_and_drawn() -> None:
    said = ["--fault", "gap,venue=kalshi,count=-1,match=KXB", "--fault-seed", "3",
            "--fault-rate", "1.0", "--fault-names", "slow"]  # fmt: skip
    faults = faults_of(_arguments(said))
    assert faults.rows()[0]["left"] == -1
    assert faults.take("slow", "polymarket") is not None
    with pytest.raises(ValueError, match="key=value"):
        parse_fault("gap,often")
    with pytest.raises(SystemExit):
        faults_of(_arguments(["--fault", "gremlin"]))


def test_options_reach_the_venue() -> None:
    options = options_of(_arguments(["--read-lag", "200", "--tier", "prestige", "--speed", "5"]))
    assert (options.read_lag_ms, options.tier.name, options.speed) == (200, "prestige", 5.0)
