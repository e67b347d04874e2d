"""What is made of all the rest: the archive."""
