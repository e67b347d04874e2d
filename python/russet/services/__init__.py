"""The service classes of PS3.4: for each an operation (SCU) and a service (SCP), without any I/O."""
