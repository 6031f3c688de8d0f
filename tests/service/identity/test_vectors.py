"""Published JWS test vectors in Wycheproof's format: no invalid one holds, every valid one of ours does.

PORCHLIGHT_JWS_VECTORS names the folder; its files are the authors' and are not kept here.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.identity.faults import InvalidToken
from service.identity.keys import ALGORITHMS
from service.identity.verify import verify_signature

FOLDER = os.environ.get("PORCHLIGHT_JWS_VECTORS")


@pytest.fixture
def groups() -> list[dict[str, Any]]:
    if not FOLDER:
        pytest.skip("PORCHLIGHT_JWS_VECTORS is not set: published JWS vectors were NOT run")
    files = sorted(Path(FOLDER).glob("*.json"))
    return [group for file in files for group in json.loads(file.read_bytes())["testGroups"] if "tests" in group]


def signatures(groups: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in groups:
        jwk = group.get("public") or group.get("private")
        yield from ((jwk, test) for test in group["tests"] if jwk and "jws" in test)


def test_no_invalid_vector_holds_and_every_valid_one_of_ours_does(groups: list[dict[str, Any]]) -> None:
    accepted = {"valid": 0, "invalid": 0, "acceptable": 0}
    refused_ours = []
    for jwk, test in signatures(groups):
        if holds(test["jws"], jwk):
            accepted[test["result"]] += 1
        elif test["result"] == "valid" and is_ours(test["jws"], jwk):
            refused_ours.append(test["tcId"])
    assert accepted["invalid"] == 0
    assert not refused_ours
    assert accepted["valid"] > 0, "the folder holds no valid vector for our algorithms"


def holds(token: object, jwk: dict[str, Any]) -> bool:
    try:
        verify_signature(token if isinstance(token, str) else json.dumps(token), jwk)
    except InvalidToken:
        return False
    return True


def is_ours(token: object, jwk: dict[str, Any]) -> bool:
    """Public keys for our algorithms only: MACs, PSS and other curves are refused on purpose."""
    listed = jwk.get("keys", [jwk])
    return (
        isinstance(token, str)
        and all("n" in one or "x" in one for one in listed)
        and all(one.get("alg", "ES256") in ALGORITHMS for one in listed)
    )
