"""MPPS SCP: hear what modalities do. Usage: procedure_step_scp.py [PORT]."""

import sys
import threading
from contextlib import suppress

import russet
from russet.association.normalized import NormalizedRequest


def changed(
    request: NormalizedRequest, _before: russet.Dataset | None, after: russet.Dataset
) -> None:
    """Hear of a step before it is kept; what is raised here refuses the change."""
    step = after.PerformedProcedureStepID
    print(f"{request.calling}: {step} {after.PerformedProcedureStepStatus}", flush=True)


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 11112
    with suppress(KeyboardInterrupt), russet.serve(port, handlers={"mpps": changed}) as receiver:
        print(f"port {receiver.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
