"""The embedded archive: receive, find, move, commit, worklist and procedure steps in one folder.

with russet.Archive("russet-data", worklist="worklist") as archive:
    with russet.serve(11112, services=archive.services, policy=archive.policy) as receiver:
        ...
"""

from russet.apps.archive.commitment import CommitmentOutbox
from russet.apps.archive.node import Archive
from russet.apps.archive.steps import StepFiles
from russet.apps.archive.worklist import WorklistFolder

__all__ = ["Archive", "CommitmentOutbox", "StepFiles", "WorklistFolder"]
