"""Questions that cannot be understood: a plain problem, nothing released, an entry, and not a word sent comes back."""

import json
from collections.abc import Mapping

import httpx
import pytest

from policies.vocabulary import Agency, Role
from tests.integration.conftest import Agree
from tests.integration.county_house import JSON, Gate
from tests.integration.twins import TWINS

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKED = "Zebulon-Q7"
"""Stands wherever a caller might put a value of care; no answer and no entry may repeat it."""

EMERGENCY: JSON = {"attested": True, "nature": "overdose", "facility": "durham-ems", "can_consent": False}

WORDS: dict[str, JSON] = {
    "unknown purpose": {"purpose": MARKED},
    "purpose in lower case": {"purpose": "coc"},
    "unknown category": {"categories": [MARKED]},
    "category wildcard": {"categories": ["*"]},
    "no category": {"categories": []},
    "categories and fields": {"fields": {"contact": ["phone"]}},
    "neither": {"categories": None},
    "unknown field": {"categories": None, "fields": {"contact": [MARKED]}},
    "field wildcard": {"categories": None, "fields": {"contact": ["*"]}},
    "field of another category": {"categories": None, "fields": {"contact": ["hiv_status"]}},
    "no field": {"categories": None, "fields": {"contact": []}},
    "unknown custodian": {"custodians": [MARKED]},
    "role in the body": {"role": "lincoln_clinician"},
    "unknown member": {MARKED: MARKED},
    "nobody named": {"subject": {}},
    "named twice": {"subject": {"identifier": {"custodian": "EMS", "value": "x"}, **TWINS}},
    "one demographic": {"subject": {"demographics": {"given": MARKED, "family": MARKED}}},
    "identifier with spaces": {"subject": {"identifier": {"custodian": "EMS", "value": f"{MARKED} x"}}},
    "identifier wildcard": {"subject": {"identifier": {"custodian": "EMS", "value": "*"}}},
    "birth date as seconds": {"subject": {"demographics": {"phone": "9195550100", "birth_date": 0}}},
    "birth date as text of seconds": {"subject": {"demographics": {"phone": "9195550100", "birth_date": "0"}}},
    "birth date long ago": {"subject": {"demographics": {"phone": "9195550100", "birth_date": "0001-01-01"}}},
    "subject is text": {"subject": MARKED},
    "emergency without nature": {"purpose": "ETREAT", "emergency": {**EMERGENCY, "nature": None}},
    "emergency of unknown nature": {"purpose": "ETREAT", "emergency": {**EMERGENCY, "nature": MARKED}},
    "emergency without facility": {
        "purpose": "ETREAT",
        "emergency": {name: value for name, value in EMERGENCY.items() if name != "facility"},
    },
    "facility in prose": {"purpose": "ETREAT", "emergency": {**EMERGENCY, "facility": f"{MARKED} on Main St"}},
    "attested as text": {"purpose": "ETREAT", "emergency": {**EMERGENCY, "attested": "yes"}},
    "attested as number": {"purpose": "ETREAT", "emergency": {**EMERGENCY, "attested": 1}},
}

JSON_TYPE = {"content_type": "application/json"}
BYTES: dict[str, tuple[bytes, Mapping[str, str], int]] = {
    "empty": (b"", JSON_TYPE, 400),
    "cut short": (b'{"subject": "' + MARKED.encode(), JSON_TYPE, 400),
    "array": (json.dumps([MARKED]).encode(), JSON_TYPE, 400),
    "text": (json.dumps(MARKED).encode(), JSON_TYPE, 400),
    "null": (b"null", JSON_TYPE, 400),
    "number too long to read": (b'{"a": ' + b"9" * 5000 + b"}", JSON_TYPE, 400),
    "NaN": (b'{"a": NaN}', JSON_TYPE, 400),
    "Infinity": (b'{"a": -Infinity}', JSON_TYPE, 400),
    "comment": (b"{} // " + MARKED.encode(), JSON_TYPE, 400),
    "key twice": (b'{"purpose": "COC", "purpose": "TREAT"}', JSON_TYPE, 400),
    "key twice, deep down": (b'{"subject": {"identifier": {"value": "a", "value": "b"}}}', JSON_TYPE, 400),
    "key twice, spelt two ways": (b'{"purpose": "COC", "\\u0070urpose": "TREAT"}', JSON_TYPE, 400),
    "not UTF-8": (b'{"purpose": "\xff\xfe"}', JSON_TYPE, 400),
    "half of a character": (b'{"purpose": "\\ud800"}', JSON_TYPE, 400),
    "deep": (b'{"a": ' * 40 + b"1" + b"}" * 40, JSON_TYPE, 400),
    "bottomless": (b"[" * 500_000, JSON_TYPE, 400),
    "over the cap": (b'{"a": "' + b"x" * (1 << 20) + b'"}', JSON_TYPE, 413),
    "form": (b"purpose=COC", {"content_type": "application/x-www-form-urlencoded"}, 415),
    "prose": (MARKED.encode(), {"content_type": "text/plain"}, 415),
    "no type": (b"{}", {}, 415),
    "almost JSON": (b"{}", {"content_type": "application/jsonp"}, 415),
}


def question(gate: Gate, **changes: object) -> JSON:
    asked: JSON = {"subject": gate.county.named_by(Agency.EMS), "purpose": "COC", "categories": ["ems.summary"]}
    return {name: value for name, value in (asked | changes).items() if value is not None}


def plain(answer: httpx.Response, status: int) -> None:
    """The answer is a whole problem document that repeats nothing."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert {"type", "title", "status", "detail", "instance"} == set(answer.json())
    assert answer.json()["status"] == status
    assert MARKED not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("case", WORDS)
async def test_words_the_gateway_does_not_know_are_refused(gate: Gate, agree: Agree, case: str) -> None:
    await agree()
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    plain(await navigator.post("/v1/queries", question(gate, **WORDS[case])), 400)
    (entry,) = await gate.since(before)
    assert (entry["kind"], entry["outcome"], entry["agency"]) == ("query-refused", "bad-query", "HEART")
    assert MARKED not in str(entry)


@pytest.mark.parametrize("case", BYTES)
async def test_bytes_that_are_no_question_are_refused(gate: Gate, case: str) -> None:
    content, headers, status = BYTES[case]
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    plain(await navigator.send("POST", "/v1/queries", content, **headers), status)
    (entry,) = await gate.since(before)
    slugs = {400: "bad-query", 413: "too-large", 415: "wrong-media-type"}
    assert (entry["kind"], entry["outcome"]) == ("query-refused", slugs[status])


@pytest.mark.parametrize("path", ["/v1/queries", "/v1/summaries", "/v1/consents", "/v1/directives"])
@pytest.mark.parametrize("case", ["cut short", "over the cap", "prose", "key twice"])
async def test_a_stranger_is_told_nothing_about_a_body(gate: Gate, path: str, case: str) -> None:
    content, headers, _ = BYTES[case]
    before = await gate.size()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await gate.http.post(path, content=content, headers=named)
    plain(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await gate.since(before) == []  # nobody was identified


@pytest.mark.parametrize("path", ["/v1/consents/%00", "/v1/audit/entries?start=nine", "/v1/audit/checkpoint"])
async def test_a_stranger_is_told_nothing_about_an_address(gate: Gate, path: str) -> None:
    plain(await gate.http.get(path), 401)


ADDRESSES = [
    ("HEAD", "/v1/queries"),
    ("OPTIONS", "/v1/queries"),
    ("GET", "/v1/queries"),
    ("PUT", "/v1/queries"),
    ("BREW", "/v1/queries"),
    ("POST", "/v1/queries/"),
    ("GET", f"/v1/{MARKED}"),
    ("GET", f"/{MARKED}"),
    ("POST", "/v1/catalog"),
    ("GET", "/docs"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
async def test_an_address_or_method_that_is_not_is_not_found_for_anybody(gate: Gate, method: str, path: str) -> None:
    navigator, before = await gate.caller(Role.HEART_NAVIGATOR), await gate.size()
    stranger, known = await gate.http.request(method, path), await navigator.send(method, path, b"")
    for answer in (stranger, known):
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert not {"allow", "location"} & set(answer.headers)
        assert MARKED not in answer.text
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [("query-refused", "not-found")]


async def test_a_role_without_a_profile_asks_for_nothing(gate: Gate) -> None:
    officer = await gate.caller(Role.PRIVACY_OFFICER, agency=Agency.DSS)
    before = await gate.size()
    summary = await officer.post("/v1/summaries", {"subject": gate.county.described(), "purpose": "COC"})
    asked = await officer.post("/v1/queries", question(gate))
    assert (summary.status_code, asked.status_code) == (400, 403)
    assert asked.json()["reasons"] == ["ROLE_NOT_ADMITTED"]
    assert [(e["kind"], e["outcome"]) for e in await gate.since(before)] == [
        ("query-refused", "bad-query"),
        ("decided", "deny"),
    ]
