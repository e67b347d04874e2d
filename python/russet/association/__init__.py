"""The association between two application entities (PS3.7 D.3), in both roles, without any I/O."""
