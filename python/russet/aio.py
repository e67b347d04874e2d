"""russet on asyncio: the names of `russet`, to be awaited.

async with russet.aio.connect("localhost", 11112, called="RUSSET") as association:
    await association.echo()
    async for stored in association.store(paths): ...

async with russet.aio.serve(port=0, handlers={"store": take}) as receiver: ...
"""

from russet.net.aio.client import AsyncAssociation, connect
from russet.net.aio.server import AsyncReceiver, serve
from russet.net.aio.stream import AsyncByteStream

__all__ = ["AsyncAssociation", "AsyncByteStream", "AsyncReceiver", "connect", "serve"]
