"""What can be asked on an association of ours, on an event loop: a file for each service."""
