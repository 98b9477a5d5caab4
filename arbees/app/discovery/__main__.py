"""`python -m arbees.app.discovery`: the worker's process, behind its two pipes.

Commands come on stdin and answers go out on stdout (u32 length, msgpack). When stdin ends (the
parent closed it, or died) so does the process.
"""

import asyncio
import gc
import os
import sys

import anyio

from arbees.app.discovery.messages import LENGTH, Answer, Begin, Command, command_of, frame
from arbees.app.discovery.worker import Worker
from arbees.clock import SystemClock

NICE = 10
"""The engine goes first where cores are few."""
COMMANDS_MAX = 1_000


async def _read(stream: asyncio.StreamReader) -> Command | None:
    """The next command; None at the end."""
    try:
        (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
        return command_of(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return None


async def _main() -> None:
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, sys.stdout
    )
    out = asyncio.StreamWriter(transport, protocol, None, loop)
    begin = await _read(stream)
    if not isinstance(begin, Begin):
        return
    if begin.cores:
        os.sched_setaffinity(0, begin.cores)

    def say(answer: Answer) -> None:
        out.write(frame(answer))

    send, receive = anyio.create_memory_object_stream[Command](COMMANDS_MAX)

    async def commands() -> None:
        async with send:
            while (command := await _read(stream)) is not None:
                await send.send(command)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(commands)
        await Worker(begin, SystemClock(), say).run(receive)
        tasks.cancel_scope.cancel()


def main() -> None:
    """Until stdin ends."""
    os.nice(NICE)
    gc.set_threshold(50_000, 20, 50)  # a heap that only grows is not worth many looks
    anyio.run(_main, backend="asyncio")


if __name__ == "__main__":
    main()
