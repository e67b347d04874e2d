"""Performed procedure steps kept as files, and what they say of the worklist (PS3.4 F)."""

import logging
import threading
from typing import Final

from russet import codec
from russet.data import (
    EXPLICIT,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION,
    Dataset,
    dcmread,
)
from russet.errors import RussetError
from russet.services.procedure_step import PROCEDURE_STEP
from russet.storage.small_files import SmallFiles

__all__ = ["StepFiles"]

_LOG: Final = logging.getLogger("russet.scp")
_SUFFIX: Final = ".dcm"
_PATIENCE: Final = 15.0  # seconds
_FINAL: Final = ("COMPLETED", "DISCONTINUED")


class StepFiles:
    """Where `ProcedureStepService` keeps steps: one Part 10 file each, by its SOP Instance UID."""

    def __init__(self, files: SmallFiles) -> None:
        """Keep steps in `files`; `load` says what those that are there have performed."""
        self._files = files
        self._loaded = threading.Event()
        self._performed: set[tuple[str, str]] = set()

    def load(self) -> None:
        """Learn from the steps that are there what has been performed; until then one waits."""
        try:
            names = self._files.names()
        except OSError as error:
            _LOG.error("the performed procedure steps cannot be read: %s", error)
            names = []
        for name in names:
            try:
                step = self.find(name.removesuffix(_SUFFIX))
            except (OSError, RussetError) as error:
                _LOG.warning("a performed procedure step cannot be read: %s: %s", name, error)
                continue
            if step is not None:
                self._learn(step)
        self._loaded.set()

    def find(self, sop_instance_uid: str) -> Dataset | None:
        """Give the step of this UID; None when there is none.

        Raises:
            OSError: Its file cannot be read.
            RussetError: It is damaged.
        """
        content = self._files.read(f"{sop_instance_uid}{_SUFFIX}")
        return None if content is None else dcmread(content)

    def put(self, sop_instance_uid: str, step: Dataset) -> None:
        """Keep a step, new or changed.

        Raises:
            StorageError: When the disk refuses; what was kept before stays.
        """
        head = codec.encode_file_head(
            PROCEDURE_STEP,
            sop_instance_uid,
            EXPLICIT,
            IMPLEMENTATION_CLASS_UID,
            IMPLEMENTATION_VERSION,
            "",
        )
        content = b"".join((head, step.encode(EXPLICIT)))
        self._files.put(f"{sop_instance_uid}{_SUFFIX}", content)
        self._learn(step)

    def is_performed(self, study: str, step_id: str) -> bool:
        """Whether a scheduled procedure step was completed or discontinued.

        Args:
            study: The Study Instance UID of the request.
            step_id: The Scheduled Procedure Step ID; nothing is told of steps without one.
        """
        self._loaded.wait(_PATIENCE)
        return (study, step_id) in self._performed

    def _learn(self, step: Dataset) -> None:
        # What has ended changes no more (PS3.4 F.7.2.2), so nothing is ever forgotten.
        if step.get("PerformedProcedureStepStatus") not in _FINAL:
            return
        for item in step.get("ScheduledStepAttributesSequence") or ():
            study, step_id = item.get("StudyInstanceUID"), item.get("ScheduledProcedureStepID")
            if study and step_id:
                self._performed.add((str(study), str(step_id)))
