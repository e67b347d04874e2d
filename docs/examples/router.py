"""Router: pass on what arrives, byte for byte. Usage: router.py PORT MODALITY=HOST:PORT...

Instances are queued, sent over associations that are reused, and sent again when one breaks. What
is in memory here is lost with the process: a router that may lose nothing keeps files first.
"""

import sys
import threading
from contextlib import ExitStack, suppress

import russet


def main() -> None:
    port, *routes = sys.argv[1:]
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        queues = {}
        for route in routes:
            modality, _, where = route.partition("=")
            host, _, to = where.rpartition(":")
            address = russet.Address(host, int(to), called="ANY-SCP", calling="ROUTER")
            queues[modality] = stack.enter_context(russet.SendQueue(address))

        def take(instance: russet.Instance) -> int:
            """Answer Success when somebody has the instance: the sender may forget it then."""
            modality = instance.dataset.get("Modality")
            queue = queues.get(str(modality), queues.get("*"))
            if queue is None:
                return 0xA900  # nobody wants it here
            stored = queue.put(instance.file_bytes()).result()
            print(f"{modality} {instance.sop_instance_uid}: {stored.status}", flush=True)
            return int(stored.status) if stored.status is not None else 0xA700

        receiver = stack.enter_context(russet.serve(int(port), handlers={"store": take}))
        print(f"port {receiver.port}, routes {', '.join(queues)}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
