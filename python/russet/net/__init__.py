"""Sockets and threads: the one place where russet talks to the operating system about peers."""
