"""User identity: a server that asks who it is, and a client that says so (PS3.7 D.3.3.7)."""

from russet import Policy, connect, serve
from russet.association import identity
from russet.codec import Identity
from russet.errors import RejectedError

PASSWORDS = {"eva": b"secret"}


def verify(claimed: Identity, _claim: object) -> identity.Verified | None:
    """Give the user that an identity proves; None refuses the association (1/2/1)."""
    name = identity.user_name(claimed)
    if PASSWORDS.get(name) != claimed.secondary:
        return None
    return identity.Verified(user=name)


def main() -> None:
    with serve(0, policy=Policy(check_called=False, verifier=verify)) as receiver:
        # Names and passcodes go in clear unless the connection is TLS (docs/tls.md).
        eva = identity.passcode("eva", "secret", response_requested=True)
        with connect("127.0.0.1", receiver.port, identity=eva) as association:
            print(f"eva: {association.echo().status}")
        try:
            wrong = identity.passcode("eva", "guess")
            connect("127.0.0.1", receiver.port, identity=wrong)
        except RejectedError as error:
            print(f"not eva: {error.result}/{error.source}/{error.reason}")


if __name__ == "__main__":
    main()
