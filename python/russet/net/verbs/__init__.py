"""What can be asked on an association of ours, on threads: a file for each service."""
