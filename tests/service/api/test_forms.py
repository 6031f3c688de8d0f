"""Forms over the wire: one source for the words and the rule, and nothing recorded but what was signed."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from consent.forms import forms
from tests.promises.edge.gate import Gate, by_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]  # documents of the contract's shapes
PATH = "/v1/forms/care-coordination"
NAME = "Zephyrine Quillfeather"
TICKS = ["who-heart", "what-basics", "what-ems", "what-health", "what-sud", "why-together"]


def signature(**changes: object) -> JSON:
    """The neighbor signs for herself, a moment ago."""
    return {
        "language": "en",
        "ticks": TICKS,
        "person": NAME,
        "signer": NAME,
        "signed_at": datetime.now(UTC).isoformat(),
    } | changes


async def written(gate: Gate, body: JSON) -> JSON:
    """The text she would sign."""
    answer = await gate.post(f"{PATH}/documents", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def signed(gate: Gate, body: JSON | None = None, **more: object) -> httpx.Response:
    """She signs the text that was written for her."""
    ticked = body or signature()
    text = await written(gate, ticked)
    told = {"subject": by_id("E-1"), "document_sha256": text["document_sha256"]} | more
    return await gate.post(f"{PATH}/signatures", ticked | told)


async def test_every_form_is_listed_and_read_in_each_language(gate: Gate) -> None:
    listed = (await gate.http.get("/v1/forms")).json()["forms"]
    assert {form["id"] for form in listed} == set(forms())
    for form in listed:
        for language in ("en", "es"):
            read = (await gate.http.get(f"/v1/forms/{form['id']}", params={"language": language})).json()
            boxes = [box for section in read["sections"] for box in section["boxes"]]
            assert (read["title"], read["name"]) == (form["title"][language], form["name"])
            assert [box["id"] for box in boxes if box["initial"]] == [
                name
                for section in forms()[form["id"]].sections
                for name in section.boxes
                if forms()[form["id"]].boxes[name].initial
            ]


async def test_a_signed_form_is_recorded_as_it_was_ticked_and_the_person_gets_a_copy(gate: Gate) -> None:
    answer = await signed(gate)
    assert answer.status_code == 201, answer.text
    consent, copy = answer.json()["consent"], answer.json()["copy_text"]
    assert hashlib.sha256(copy.encode()).hexdigest() == consent["document_sha256"]
    assert NAME in copy
    assert consent["recipients"] == ["HEART"]
    assert (consent["part2_elements"], consent["part2_missing"]) == (True, [])
    assert {"sud.part2", "ems.summary", "clinical.summary"} <= set(consent["agreed"])
    assert consent["receipt"].startswith("c2sp.org/tlog-proof@v1")


async def test_no_name_is_kept_in_the_record_or_in_the_log(gate: Gate) -> None:
    before = await gate.size()
    consent = (await signed(gate)).json()["consent"]
    read = await gate.http.get(f"/v1/consents/{consent['id']}", headers=await gate.headers())
    assert "Quillfeather" not in read.text
    assert "Quillfeather" not in str(await gate.since(before))


async def test_the_hash_of_what_was_signed_stands_in_its_entry(gate: Gate) -> None:
    before = await gate.size()
    consent = (await signed(gate)).json()["consent"]
    (entry,) = await gate.since(before)
    assert (entry["kind"], entry["outcome"]) == ("consent-recorded", "permit")
    assert entry["detail"]["document"] == consent["document_sha256"]


@pytest.mark.parametrize(
    "change",
    [
        {"ticks": [*TICKS, "what-communicable"]},
        {"ticks": TICKS[:-2] + TICKS[-1:]},
        {"language": "es"},
        {"signed_at": "2026-01-02T12:00:00Z"},
        {"last_day": "2026-12-01"},
        {"person": "Somebody Else", "signer": "Somebody Else"},
    ],
    ids="-".join,
)
async def test_a_signature_under_another_text_is_refused_and_nothing_recorded(gate: Gate, change: JSON) -> None:
    moment = {"signed_at": "2026-11-20T12:00:00Z"}
    other = await written(gate, signature(**moment))
    before = await gate.size()
    body = signature(**moment) | change | {"subject": by_id("E-1"), "document_sha256": other["document_sha256"]}
    answer = await gate.post(f"{PATH}/signatures", body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-query")
    assert [entry["kind"] for entry in await gate.since(before)] == ["query-refused"]


@pytest.mark.parametrize(
    "change",
    [
        {"ticks": ["who-heart", "why-together"]},
        {"ticks": ["what-ems", "why-together"]},
        {"ticks": [*TICKS, "what-nobody"]},
        {"ticks": [*TICKS, "who-justice", "never-justice"]},
        {"relationship": "guardian", "signer": "A Guardian"},
        {"relationship": "parent", "signer": "A Parent", "authority_document": "order-1"},
        {"signer": "Somebody Else"},
        {"last_day": "2199-01-01"},
    ],
)
async def test_a_form_that_would_make_no_consent_is_not_even_written(gate: Gate, change: JSON) -> None:
    answer = await gate.post(f"{PATH}/documents", signature(**change))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-query")
    assert "Else" not in answer.text


async def test_a_mark_needs_a_witness_and_a_telephone_signs_nothing(gate: Gate) -> None:
    assert (await signed(gate, channel="witnessed-mark")).status_code == 400
    assert (await signed(gate, channel="phone")).status_code == 400
    witnessed = await signed(gate, signature(witness="Barnaby Witness"), channel="witnessed-mark")
    assert (witnessed.status_code, witnessed.json()["consent"]["part2_elements"]) == (201, True)
    assert "Barnaby Witness" in witnessed.json()["copy_text"]


async def test_nobody_signs_a_form_that_does_not_exist_or_for_a_person_nobody_knows(gate: Gate) -> None:
    assert (await gate.http.get("/v1/forms/nothing")).status_code == 404
    assert (await gate.post("/v1/forms/nothing/documents", signature())).status_code == 404
    unknown = await signed(gate, subject=by_id("E-nobody"))
    assert (unknown.status_code, unknown.json()["type"]) == (403, "/problems/access-denied")


async def test_what_was_ticked_is_what_is_released_and_nothing_beside_it(gate: Gate) -> None:
    assert (await gate.ask()).status_code == 403
    await signed(gate, signature(ticks=["who-heart", "what-ems", "why-together"]))
    left = {item["category"] for item in (await gate.ask()).json()["items"]}
    assert left == {"ems.summary"}


async def test_a_new_signature_supersedes_the_older_one_of_the_same_form(gate: Gate) -> None:
    older, newer = [(await signed(gate)).json()["consent"] for _ in range(2)]
    assert newer["supersedes"] == older["id"]
    read = await gate.http.get(f"/v1/consents/{older['id']}", headers=await gate.headers())
    assert (read.json()["status"], read.json()["version"]) == ("superseded", 2)
