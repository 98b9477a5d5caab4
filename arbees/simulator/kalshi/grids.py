"""The venue's price grids by their labels (kalshi.md section 4.1).

One rule: bands share their boundaries; `banded_centi_cent` is a label without documented bands.
"""

from typing import Any

Body = dict[str, Any]


def edges(outer: str, inner: str, low: str = "0.1000", high: str = "0.9000") -> list[Body]:
    """Three bands: fine at both edges, another step in the centre."""
    return [
        {"start": "0.0000", "end": low, "step": outer},
        {"start": low, "end": high, "step": inner},
        {"start": high, "end": "1.0000", "step": outer},
    ]


def flat(step: str) -> list[Body]:
    return [{"start": "0.0000", "end": "1.0000", "step": step}]


GRIDS: dict[str, list[Body]] = {
    "linear_cent": flat("0.0100"), "deci_cent": flat("0.0010"),
    "tapered_deci_cent": edges("0.0010", "0.0100"),
    "center_whole_edge_half_cent": edges("0.0050", "0.0100"),
    "center_whole_edge_quint_cent": edges("0.0020", "0.0100"),
    "center_half_edge_half_cent": flat("0.0050"),
    "center_half_edge_quint_cent": edges("0.0020", "0.0050"),
    "center_half_edge_deci_cent": edges("0.0010", "0.0050"),
    "center_quint_edge_quint_cent": flat("0.0020"),
    "center_quint_edge_deci_cent": edges("0.0010", "0.0020"),
    "center_centi_edge_centi_cent": flat("0.0001"),
    "center_deci_edge_centi_cent": edges("0.0001", "0.0010", "0.0100", "0.9900"),
}  # fmt: skip
