"""Storage Commitment Push: have the custody of instances confirmed, in both roles (PS3.4 J).

The SCU asks with `commit` and gets what came of it later, in an event report: on the same
association, or on one that the SCP makes for it. `CommitmentReports` takes it on either.
"""

from russet.services.storage_commitment.commitment import (
    FAILURE_REASONS,
    INSTANCE,
    STORAGE_COMMITMENT,
    Commit,
    Commitment,
    FailureReason,
    Reference,
    commit,
    outcome_report,
)
from russet.services.storage_commitment.service import (
    CommitmentReports,
    CommitmentRequest,
    Outbox,
    StorageCommitmentService,
)

__all__ = [
    "FAILURE_REASONS",
    "INSTANCE",
    "STORAGE_COMMITMENT",
    "Commit",
    "Commitment",
    "CommitmentReports",
    "CommitmentRequest",
    "FailureReason",
    "Outbox",
    "Reference",
    "StorageCommitmentService",
    "commit",
    "outcome_report",
]
