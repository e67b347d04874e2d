"""DIMSE: commands, statuses and exchanges of PS3.7, without any I/O."""
