"""The association between two application entities (PS3.7 D.3), in both roles, without any I/O."""

from russet.association.agreement import AcceptedContext, Agreement
from russet.association.association import Association, Begun
from russet.association.caller import Caller, Certificate
from russet.association.contexts import plan, propose
from russet.association.effects import Answer, Place
from russet.association.events import (
    Aborted,
    Claimed,
    Established,
    Event,
    Operation,
    Peer,
    Rejected,
    Released,
    Request,
    Response,
)
from russet.association.identity import Verified
from russet.association.negotiation import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION,
    Limits,
    Proposal,
)
from russet.association.policy import Policy, Rejection
from russet.association.preference import TransferSyntaxes
from russet.association.provider import Performance, Provider, Refusal, Service, Work
from russet.association.retrieval import plan_retrieval
from russet.association.rights import Right, Rights
from russet.association.row import Row

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION",
    "Aborted",
    "AcceptedContext",
    "Agreement",
    "Answer",
    "Association",
    "Begun",
    "Caller",
    "Certificate",
    "Claimed",
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
    "Right",
    "Rights",
    "Row",
    "Service",
    "TransferSyntaxes",
    "Verified",
    "Work",
    "plan",
    "plan_retrieval",
    "propose",
]
