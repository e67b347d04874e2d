"""Store SCP: receive instances and keep each under its study. Usage: store_scp.py [PORT]."""

import sys
import threading
from contextlib import suppress
from pathlib import Path

import russet


def take(instance: russet.Instance) -> int:
    """Keep an instance; what is returned is the status, what is raised is answered as a failure."""
    dataset = instance.dataset  # lazy: nothing is decoded that nobody asks for
    folder = Path("received") / str(dataset.StudyInstanceUID)
    folder.mkdir(parents=True, exist_ok=True)
    instance.save(folder / f"{instance.sop_instance_uid}.dcm")
    print(
        f"{instance.calling} sent {dataset.get('Modality')} {instance.sop_instance_uid}", flush=True
    )
    return 0x0000


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 11112
    policy = russet.Policy(ae_title="EXAMPLE", check_called=True)  # who calls others is rejected
    with (
        suppress(KeyboardInterrupt),
        russet.serve(port, bind="0.0.0.0", handlers={"store": take}, policy=policy) as receiver,
    ):
        print(f"EXAMPLE listens on port {receiver.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
