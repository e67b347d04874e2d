"""A private SOP class with the DIMSE-N services: a lamp that can be made, asked and switched."""

import russet
from russet.association.normalized import (
    NormalizedRequest,
    NormalizedResult,
    NormalizedService,
    action,
    create,
    get,
)
from russet.data import Uid
from russet.errors import StatusError

LAMP = "1.2.826.0.1.3680043.8.498.1000.1"
SWITCH = 1


class Lamps:
    """The provider: a method for each service that it performs."""

    def __init__(self) -> None:
        self.lamps: dict[str, russet.Dataset] = {}

    def create(self, request: NormalizedRequest) -> NormalizedResult:
        uid = request.sop_instance_uid or str(Uid.new())
        self.lamps[uid] = request.dataset
        return NormalizedResult(sop_instance_uid=uid)

    def get(self, request: NormalizedRequest) -> russet.Dataset:
        lamp = self.lamps.get(request.sop_instance_uid or "")
        if lamp is None:
            raise StatusError("there is no such lamp", 0x0112)
        return lamp

    def action(self, request: NormalizedRequest) -> russet.Dataset:
        lamp = self.get(request)
        lamp["ContentLabel"] = "OFF" if lamp.get("ContentLabel") == "ON" else "ON"
        return lamp


def main() -> None:
    service = NormalizedService(Lamps(), {LAMP})
    with (
        russet.serve(0, services=[service]) as receiver,
        russet.connect(
            "127.0.0.1", receiver.port, contexts=[(LAMP, ["1.2.840.10008.1.2.1"])]
        ) as association,
    ):
        (made,) = association.perform(create(LAMP, None, russet.Dataset(ContentLabel="OFF")))
        uid = made.sop_instance_uid or ""
        (switched,) = association.perform(action(LAMP, uid, SWITCH))
        (asked,) = association.perform(get(LAMP, uid))
        print(f"made: {made.status}")
        print(f"switched: {switched.dataset.ContentLabel if switched.dataset else '?'}")
        print(f"asked: {asked.dataset.ContentLabel if asked.dataset else '?'}")
        (none,) = association.perform(get(LAMP, "1.2.3"))
        print(f"another: {none.status}")


if __name__ == "__main__":
    main()
