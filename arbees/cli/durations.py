"""Durations as people write them."""

import re

from arbees.errors import ConfigError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "": 1.0}


def seconds(text: str) -> float:
    """Seconds of "90", "60s", "2m", "1h". Raises ConfigError with the forms that are read."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)", text.strip())
    if match is None:
        raise ConfigError(f"--for {text!r}: write a number and ms, s, m, h or d, such as 60s")
    return float(match[1]) * UNITS[match[2]]
