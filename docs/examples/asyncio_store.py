"""asyncio: a server and clients on one event loop, with the names of the blocking ones."""

import asyncio
import sys
from pathlib import Path

import russet


async def take(instance: russet.Instance) -> None:
    """Take an instance; whatever is awaited here keeps neither the peer nor the loop waiting."""
    await asyncio.sleep(0)
    print(f"took {instance.sop_instance_uid}")


async def send(port: int, paths: list[Path]) -> int:
    """Send over one association; several of these run at the same time."""
    async with russet.aio.connect("127.0.0.1", port, calling="LOOP") as association:
        return sum([stored.ok async for stored in association.store(paths)])


async def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]]
    async with russet.aio.serve(0, handlers={"store": take}) as receiver:
        async with asyncio.timeout(30):  # time-outs and cancellation are asyncio's own
            counts = await asyncio.gather(*(send(receiver.port, paths) for _ in range(3)))
    print(f"sent {sum(counts)}")


if __name__ == "__main__":
    asyncio.run(main())
