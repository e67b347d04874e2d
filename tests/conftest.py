"""What every test may ask for: see tests/support."""

pytest_plugins = ["tests.support.peers", "tests.support.pynetdicom_peer"]
