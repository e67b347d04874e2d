"""The association between two application entities (PS3.7 D.3), in both roles, without any I/O."""

from russet.association.agreement import AcceptedContext
from russet.association.association import Association, Begun
from russet.association.contexts import plan, propose
from russet.association.effects import Answer, Place
from russet.association.events import (
    Aborted,
    Established,
    Event,
    Operation,
    Peer,
    Rejected,
    Released,
    Request,
    Response,
)
from russet.association.negotiation import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION,
    Limits,
    Proposal,
)
from russet.association.policy import Policy, Rejection
from russet.association.provider import Performance, Provider, Refusal, Service, Work

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION",
    "Aborted",
    "AcceptedContext",
    "Answer",
    "Association",
    "Begun",
    "Established",
    "Event",
    "Limits",
    "Operation",
    "Peer",
    "Performance",
    "Place",
    "Policy",
    "Proposal",
    "Provider",
    "Refusal",
    "Rejected",
    "Rejection",
    "Released",
    "Request",
    "Response",
    "Service",
    "Work",
    "plan",
    "propose",
]
