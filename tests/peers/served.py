"""The simulator as another process, from the project's own environment."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
ENDS_S = 10


@contextmanager
def simulator(*arguments: str) -> Iterator[dict[str, Any]]:
    """Its first line: base URLs and test credentials. It ends with the block."""
    python = str(PYTHON) if PYTHON.exists() else sys.executable
    command = [python, "-m", "arbees.simulator", "--json", "--seed", "3", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said: dict[str, Any] = json.loads(process.stdout.readline())
            yield said
        finally:
            process.terminate()
            process.wait(ENDS_S)


def tell(said: dict[str, Any], path: str, body: dict[str, Any]) -> Any:
    """POST to the control endpoint."""
    request = urllib.request.Request(
        said["control"] + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())
