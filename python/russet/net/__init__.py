"""Associations on real byte streams: the only place with sockets, threads and a clock."""
