"""The only file that reads the operating system's clock. Everything else is told the time."""

import time

import anyio


class SystemClock:
    """Wall time in ns UTC, with `sleep` in seconds."""

    def now_ns(self) -> int:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def monotonic_ns() -> int:
    """For latency figures only; never enters an engine input."""
    return time.perf_counter_ns()
