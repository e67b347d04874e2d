"""The service classes of PS3.4: an operation (SCU) and a service (SCP) each, without I/O."""
