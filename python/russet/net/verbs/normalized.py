"""Requests of the DIMSE-N services, of any SOP class (PS3.7 10.1), on threads."""

from russet.association.events import Operation
from russet.association.normalized import Outcome
from russet.net import asking
from russet.net.carrier import Carrier

__all__ = ["NormalizedVerbs"]


class NormalizedVerbs(Carrier):
    """What can be asked of SOP classes of one's own."""

    def request(self, operation: Operation[Outcome]) -> Outcome:
        """Perform a DIMSE-N request: one of `russet.association.normalized`, or of a service class.

        `association.request(normalized.action(sop_class, instance, 1, information))`. Where this
        association did not ask for the SOP class, a new one to the same peer takes its place.

        Raises:
            StatusError: When the peer says that it failed; `perform` gives that as an `Outcome`.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        carrier = self.carrier(operation.abstract_syntax)
        (outcome,) = carrier.perform(operation)
        return asking.accomplished(outcome, self.address)
