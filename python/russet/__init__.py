"""Fast, crash-safe networking and data sets for DICOM(R)."""
