"""Telling what a modality does: performed procedure steps (PS3.4 F) on threads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from russet.association.normalized import Outcome
from russet.data import Dataset
from russet.net import steps
from russet.net.verbs.normalized import NormalizedVerbs
from russet.services.procedure_step import Code

__all__ = ["Step", "StepVerbs"]


class StepVerbs(NormalizedVerbs):
    """What can be asked of the Modality Performed Procedure Step service class."""

    def begin_step(
        self,
        worklist_item: Dataset | Mapping[str, Any],
        started: datetime | None = None,
        **attributes: Any,
    ) -> "Step":
        """Say that a procedure step has begun (N-CREATE, PS3.4 F.7.2.1).

        Args:
            worklist_item: What the worklist said of it. For a step that nobody scheduled, a mapping
                with the StudyInstanceUID and what is known of the patient; then Modality has to
                be among the attributes.
            started: When it began; now without.
            **attributes: Further ones, or others than the item has, by keyword.

        Returns:
            The step, to be changed and ended.

        Raises:
            ValueError: Neither item nor attributes have what a step cannot be without.
            StatusError: When the peer says that it failed.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        uid, operation = steps.begin(worklist_item, started, self.address.calling, attributes)
        self.request(operation)
        return self.step(uid)

    def step(self, sop_instance_uid: str) -> "Step":
        """Go on with a step that was begun before, by its SOP Instance UID."""
        return Step(self, sop_instance_uid)


class Step:
    """A performed procedure step that we tell the peer of.

    What it says raises `StatusError` when the peer says that it failed, and `NetworkError` when the
    association broke.

    Attributes:
        sop_instance_uid: Its identity.
    """

    def __init__(self, association: NormalizedVerbs, sop_instance_uid: str) -> None:
        self.sop_instance_uid = sop_instance_uid
        self._association = association
        self._requests = steps.StepRequests(sop_instance_uid)

    def change(self, **attributes: Any) -> Outcome:
        """Change attributes, by keyword (N-SET, PS3.4 F.7.2.2)."""
        return self._association.request(self._requests.change(attributes))

    def complete(self, series: Any, ended: datetime | None = None, **attributes: Any) -> Outcome:
        """Say that it was performed, and with it everything about it.

        Args:
            series: What was acquired: files, folders, data sets, or items made by
                `performed_series`.
            ended: When it ended; now without.
            **attributes: Further ones by keyword.
        """
        return self._association.request(self._requests.complete(series, ended, attributes))

    def discontinue(
        self,
        reason: Code | None = None,
        series: Any = (),
        ended: datetime | None = None,
        **attributes: Any,
    ) -> Outcome:
        """Say that it was given up.

        Args:
            reason: Why, of PS3.16 CID 9300.
            series: What was acquired until then, as for `complete`.
            ended: When that was; now without.
            **attributes: Further ones by keyword.
        """
        operation = self._requests.discontinue(reason, series, ended, attributes)
        return self._association.request(operation)
