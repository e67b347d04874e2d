"""`russet doctor` at DCMTK and Orthanc."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.certificates import Authority
from tests.support.dcmtk_query import Dcmqrscp
from tests.support.orthanc import Orthanc
from tests.support.orthanc import Start as Orthancs
from tests.support.peers import Scp
from tests.support.processes import RUSSET, free_port, run

pytestmark = pytest.mark.interop

Start = Callable[..., Scp]


def diagnosis(scp: Scp | Orthanc, *words: object) -> tuple[dict[str, Any], int]:
    """The rungs by their names, and the exit code."""
    ended = run(RUSSET, "doctor", "127.0.0.1", str(scp.port), "--json", *map(str, words))
    found = json.loads(ended.stdout.splitlines()[-1])
    return {rung["name"]: rung for rung in found["rungs"]}, ended.returncode


def test_storescp_is_well(storescp: Start) -> None:
    rungs, code = diagnosis(storescp())
    assert code == 0
    assert rungs["association"]["facts"]["implementation"].startswith("OFFIS_DCMTK")
    assert rungs["find"]["outcome"] == "skipped"
    accepted = rungs["contexts"]["facts"]["accepted"]
    assert "1.2.840.10008.1.2.4.90" in accepted["1.2.840.10008.5.1.4.1.1.2"]
    assert accepted["1.2.840.10008.5.1.4.1.2.2.1"] == []


def test_storescp_that_refuses_everybody(storescp: Start) -> None:
    rungs, code = diagnosis(storescp("--refuse"))
    assert code == 61
    assert rungs["association"]["outcome"] == "failed"


def test_storescp_that_aborts_after_the_association(storescp: Start) -> None:
    """DCMTK's own option for tests: an abort within the first C-STORE, which nobody sends here."""
    rungs, code = diagnosis(storescp("--abort-during"))
    assert (rungs["echo"]["outcome"], code) == ("ok", 0)


def test_storescp_with_tls_is_found_out_and_then_seen_through(
    storescp: Start, authority: Authority
) -> None:
    pem = authority.issue()
    scp = storescp("+tls", str(pem.key), str(pem.certificate), "-ic")
    rungs, code = diagnosis(scp)
    assert code == 61
    assert rungs["protocol"]["cause"] == "the port expects TLS"
    rungs, code = diagnosis(scp, "--tls-ca", authority.ca)
    assert code == 0
    assert "localhost" in rungs["tls"]["facts"]["certificate"]["names"]


def test_storescp_that_wants_a_certificate_says_so(storescp: Start, authority: Authority) -> None:
    pem = authority.issue()
    scp = storescp("+tls", str(pem.key), str(pem.certificate), "+cf", str(authority.ca))
    rungs, code = diagnosis(scp, "--tls-ca", authority.ca)
    assert code in (60, 70)
    failed = next(rung for rung in rungs.values() if rung["outcome"] == "failed")
    assert any("--tls-cert" in each for each in failed["try"])


def test_orthanc_that_does_not_know_us_aborts_the_query(orthanc: Orthancs) -> None:
    judge = orthanc({"ME": free_port()})
    rungs, code = diagnosis(judge, "-aec", "ORTHANC", "-aet", "STRANGER")
    assert code == 70
    assert rungs["echo"]["outcome"] == "ok"
    assert rungs["find"]["cause"].startswith("accepted, then aborted")
    assert "STRANGER registered" in rungs["find"]["try"][0]
    rungs, code = diagnosis(judge, "-aec", "ORTHANC", "-aet", "ME")
    assert (rungs["find"]["facts"], code) == ({"matches": 0, "others": 0}, 0)
    ended = run(RUSSET, "find", "127.0.0.1", str(judge.port), "-aet", "STRANGER", "PatientID=1")
    assert ended.returncode == 70
    assert "our AE title 'STRANGER' or our address is not registered there" in ended.stdout


def test_orthanc_that_checks_its_title_is_found_by_a_probe(orthanc: Orthancs) -> None:
    judge = orthanc(DicomCheckCalledAet=True)
    rungs, code = diagnosis(judge, "-aec", "WRONG", "--probe")
    assert code == 61
    assert rungs["association"]["try"] == ["call it ORTHANC: -aec ORTHANC"]


def test_the_web_page_of_orthanc_is_no_dicom_port(orthanc: Orthancs) -> None:
    judge = orthanc()
    rungs, code = diagnosis(replace(judge, port=judge.rest))
    assert code == 61
    assert "HTTP" in rungs["protocol"]["cause"]


def test_dcmqrscp_answers_the_query(dcmqrscp: Dcmqrscp) -> None:
    scp = dcmqrscp()
    rungs, code = diagnosis(scp, "-aec", "QR")
    assert (rungs["find"]["outcome"], code) == ("ok", 0)
    rungs, code = diagnosis(scp, "-aec", "WRONG")
    assert code == 61
    assert rungs["association"]["cause"].startswith("the called AE title is wrong")
