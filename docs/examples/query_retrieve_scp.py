"""Query/Retrieve SCP over a folder of files. Usage: query_retrieve_scp.py FOLDER [PORT].

Every file is one row of each level: good enough to see how the handlers work. For real use there
is `russet serve`, which keeps an index.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import russet
from russet.association.effects import Destination
from russet.data.matching import select
from russet.services.query import FindRequest
from russet.services.retrieve import RetrieveRequest

UNIQUE = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}
DESTINATIONS = {"EXAMPLE": Destination("127.0.0.1", 11113, "EXAMPLE")}  # whom C-MOVE may name


class Archive:
    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.rglob("*.dcm"))

    def find(self, request: FindRequest) -> Iterator[russet.Dataset]:
        """Give one match for each patient, study, series or instance, as the level says."""
        key, seen = UNIQUE.get(request.level or "", "SOPInstanceUID"), set()
        for path in self.paths:
            dataset = russet.dcmread(path)
            unique = str(dataset.get(key, ""))
            if unique and unique not in seen:
                found = list(select(request.identifier, [dataset]))
                seen.update(unique for _ in found)
                yield from found

    def retrieve(self, request: RetrieveRequest) -> Iterator[Path]:
        """Give the files to send, for C-GET and C-MOVE alike: those whose unique keys fit."""
        for path in self.paths:
            if any(select(request.identifier, [russet.dcmread(path)])):
                yield path


def main() -> None:
    archive = Archive(Path(sys.argv[1]))
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 11112
    handlers = {"find": archive.find, "get": archive.retrieve, "move": archive.retrieve}
    # Queries and retrieval are for this machine only, until a policy opens them.
    with (
        suppress(KeyboardInterrupt),
        russet.serve(port, handlers=handlers, destinations=DESTINATIONS) as receiver,
    ):
        print(f"{len(archive.paths)} files, port {receiver.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
