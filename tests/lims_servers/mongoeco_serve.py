"""Speaks MongoDB's wire protocol on the loopback interface, in memory.

Runs in an environment of its own: python mongoeco_serve.py PORT
"""

import asyncio
import sys

from mongoeco.engines.memory import MemoryEngine
from mongoeco.wire.proxy import AsyncMongoEcoProxyServer


async def serve() -> None:
    port = int(sys.argv[1])
    async with AsyncMongoEcoProxyServer(engine=MemoryEngine(), host="127.0.0.1", port=port):
        await asyncio.Event().wait()


asyncio.run(serve())
