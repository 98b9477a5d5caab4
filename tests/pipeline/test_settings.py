"""Engine settings survive the journal's header."""

import msgspec

from arbees.pipeline.settings import EngineSettings


def test_round_trip() -> None:
    settings = EngineSettings(epoch="x")
    assert msgspec.convert(msgspec.to_builtins(settings), EngineSettings) == settings
