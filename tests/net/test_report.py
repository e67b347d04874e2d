"""What is told of an association counts everything that its peer has been answered."""

import russet
from russet.net.report import AssociationReport
from tests.support.bodies import Body

MATCHES = 300


def test_everything_answered_is_counted_though_the_peer_releases_at_once(body: Body) -> None:
    told: list[AssociationReport] = []
    matches = [russet.Dataset(PatientName=f"N{number}") for number in range(MATCHES)]
    with body.serve(handlers={"find": lambda _: matches}, on_association=told.append) as receiver:
        for _ in range(5):
            with body.connect(receiver.port) as association:
                assert len(list(association.find(PatientName=""))) == MATCHES
    # Each had one more association, for what `connect` asks for by itself.
    counted = [(each.matches, each.operations) for each in told if each.operations]
    assert counted == [(MATCHES, {"C-FIND": 1})] * 5
    assert {each.outcome for each in told} == {"released"}
