"""`russet.serve`: a server from a few words, for tests, scripts and small receivers."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from russet.association.policy import Policy
from russet.association.provider import Service
from russet.errors import RussetError
from russet.net.receive import Acceptor
from russet.net.server import Server
from russet.net.timeouts import Timeouts
from russet.services.storage import FunctionHandler, StorageService, StoreHandler
from russet.services.verification import VerificationService
from russet.storage.folder import DataFolder
from russet.storage.instances import Durability, InstanceFiles
from russet.storage.receiver import InstanceReceiver
