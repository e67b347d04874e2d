"""The body of russet for asyncio: the same associations and services, on an event loop."""
