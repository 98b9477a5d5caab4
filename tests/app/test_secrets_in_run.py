"""A run with a real key: nothing that it writes, says or starts carries any part of it."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from arbees.app.secrets import API_KEYS, KALSHI_KEY, KALSHI_PROXY, PROXY, WALLET_KEY
from tests.proxies import Handler, connect_proxy, listen, socks_proxy

SECONDS = 3
CHILDREN = 2
"""The store's worker and discovery's."""
PASSWORD = "planted-database-password"
PLANTED = {
    WALLET_KEY: "0x" + "5e" * 32,
    API_KEYS: json.dumps(
        {"apiKey": "planted-api-key", "secret": "cGxhbnRlZC1zZWNyZXQ=", "passphrase": "planted-p"}
    ),
}
PARTS = (
    "5e" * 32,
    "planted-api-key",
    "cGxhbnRlZC1zZWNyZXQ",
    "planted-p",
    "planted-http-proxy",
    "planted-socks-proxy",
    PASSWORD,
)


@pytest.fixture
def said() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "arbees.simulator", "--json", "--seed", "3", "--autostart"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def proxies() -> Iterator[dict[str, Any]]:
    """Both kinds, on a loop of their own; what each was told, and how the run names them."""
    heads: list[bytes] = []
    users: list[bytes] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def begin(handler: Handler) -> tuple[asyncio.Server, int]:
        return asyncio.run_coroutine_threadsafe(listen(handler), loop).result(5)

    servers = [begin(connect_proxy(heads)), begin(socks_proxy(users))]
    yield {
        "seen": (heads, users),
        KALSHI_PROXY: f"http://user:planted-http-proxy@127.0.0.1:{servers[0][1]}",
        PROXY: f"socks5://user:planted-socks-proxy@127.0.0.1:{servers[1][1]}",
    }
    asyncio.run_coroutine_threadsafe(_end([server for server, _ in servers]), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


async def _end(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def configure(home: Path, said: dict[str, Any], key_file: str = "") -> None:
    with urllib.request.urlopen(said["control"] + "/sim/pairs", timeout=5) as answer:
        pairs = json.loads(answer.read())
    links = "".join(
        f'[[links]]\nkalshi = "{p["kalshi_ticker"]}"\npolymarket = "{p["polymarket_token_id"]}"\n'
        f'relation = "{p["relation"]}"\n'
        for p in pairs
    )
    (home / "config.toml").write_text(
        f'[kalshi]\nrest_url = "{said["kalshi_rest"]}"\nws_url = "{said["kalshi_ws"]}"\n'
        f'key_id = "{said["credentials"]["kalshi_key_id"]}"\nprivate_key_file = "{key_file}"\n'
        f'[polymarket]\ngamma_url = "{said["gamma"]}"\nclob_url = "{said["clob"]}"\n'
        f'ws_url = "{said["polymarket_ws"]}"\n{links}'
    )


def written(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the home but what we put there, compressed ones as they read."""
    for path in sorted(p for p in home.rglob("*") if p.is_file() and p.name != "config.toml"):
        data = path.read_bytes()
        yield path.name, data
        at = data.find(zstandard.FRAME_HEADER)
        while at >= 0:  # the journal's blocks, wherever they stand
            with contextlib.suppress(zstandard.ZstdError):
                yield (
                    f"{path.name}, read at {at}",
                    zstandard.ZstdDecompressor().decompressobj().decompress(data[at:]),
                )
            at = data.find(zstandard.FRAME_HEADER, at + 4)


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [int(entry.name), *children(int(entry.name))]
    return found


def shown_by_children(process: "subprocess.Popen[str]") -> Iterator[bytes]:
    """Environment and arguments of whatever the process starts while it runs (its workers)."""
    seen: set[int] = set()
    while len(seen) < CHILDREN and process.poll() is None:
        time.sleep(0.05)  # another process's progress: nothing tells of it
        for pid in children(process.pid):
            try:
                yield Path(f"/proc/{pid}/environ").read_bytes()
                yield Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            seen.add(pid)


def test_no_part_of_the_key_leaves_the_process(
    tmp_path: Path, said: dict[str, Any], proxies: dict[str, Any]
) -> None:
    heads, users = proxies.pop("seen")
    configure(tmp_path, said)
    with (tmp_path / "config.toml").open("a") as file:
        file.write(f'[store]\nurl = "postgresql+asyncpg://arbees:{PASSWORD}@127.0.0.1:9/arbees"\n')
    pem = said["credentials"]["kalshi_private_key_pem"]
    secrets = [line.encode() for line in pem.splitlines() if "-----" not in line]
    secrets += [part.encode() for part in PARTS]
    environment = {
        **os.environ, **PLANTED, **proxies, "ARBEES_HOME": str(tmp_path), KALSHI_KEY: pem,
    }  # fmt: skip
    command = [sys.executable, "-m", "arbees", "run", "--paper", "--for", f"{SECONDS}s", "--json"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        shown = b"".join(shown_by_children(process))
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["frames"] > 20
    # the socket and the worker's listings left through the proxies
    assert len(heads) >= 2
    assert len(users) >= 2
    assert users[0] == b"user:planted-socks-proxy"
    assert b"ARBEES_HOME" in shown
    assert not any(secret in shown for secret in secrets)
    # The key id, too, is half of a credential: it is configured and sent, never noted.
    secrets.append(said["credentials"]["kalshi_key_id"].encode())
    files = dict(written(tmp_path))
    assert any(b"orderbook_snapshot" in data for data in files.values())
    for name, data in [*files.items(), ("stdout", out.encode()), ("stderr", err.encode())]:
        assert not any(secret in data for secret in secrets), name
