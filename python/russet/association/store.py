"""C-STORE as a request: for who sends instances, and for sub-operations (PS3.7 9.1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from russet.association.events import Response
from russet.codec import Command
from russet.dimse.commands import WITH_DATA_SET
from russet.dimse.status import Status

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["C_STORE_RQ", "Store"]

C_STORE_RQ: Final = 0x0001
"""The Command Field of C-STORE-RQ."""


class Store:
    """Sends one instance (C-STORE, SCU); its one result is the status.

    Attributes:
        sop_instance_uid: Which instance it sends.
        done: Whether the answer has come.
    """

    command_field = C_STORE_RQ

    def __init__(
        self,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax: str,
        data: Buffer,
        **elements: Any,
    ) -> None:
        """Describe the instance.

        Args:
            sop_class_uid: Its SOP class, which is the abstract syntax to send it on.
            sop_instance_uid: Its identity.
            transfer_syntax: What its data set is in: it is sent as it is.
            data: The data set alone, without preamble and file meta information; an open memory
                map will do, as it is read while it is sent.
            **elements: Further elements of the C-STORE-RQ (PS3.7 9.3.1.1): `priority`, 0 medium,
                1 high, 2 low; and what says that it is a sub-operation of a C-MOVE.
        """
        self.sop_instance_uid = sop_instance_uid
        self.abstract_syntax = sop_class_uid
        self.transfer_syntax = transfer_syntax
        self.done = False
        self._data = data
        self._elements = {"priority": 0, **elements}

    def request(self, message_id: int, _transfer_syntax: str) -> tuple[Command, Buffer]:
        """Give the C-STORE-RQ (PS3.7 9.3.1.1) and the data set."""
        command = Command(
            C_STORE_RQ,
            message_id=message_id,
            affected_sop_class_uid=self.abstract_syntax,
            affected_sop_instance_uid=self.sop_instance_uid,
            command_data_set_type=WITH_DATA_SET,
            **self._elements,
        )
        return command, self._data

    def receive(self, response: Response) -> Iterator[Status]:
        """Take the C-STORE-RSP and give its status."""
        self.done = True
        command = response.command
        yield Status(command.status or 0, "C-STORE", command.error_comment or "")
