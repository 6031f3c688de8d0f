"""What the README says of the rules is all there is, and nothing that is not."""

import re

from policies.bundle import REGO
from policies.faults import REGIMES
from policies.vocabulary import ABOUT_THE_ASKER, Basis, Obligation, Reason
from tests.policies.test_cases import FILES, OWN

TEXT = (REGO.parent / "README.md").read_text()


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_reason_is_explained_and_said_to_be_told_or_not() -> None:
    told, kept = section("Reasons").split("For the log and the privacy officer only")
    assert named(told) == set(ABOUT_THE_ASKER)
    assert named(kept) == set(Reason) - ABOUT_THE_ASKER


def test_every_obligation_is_explained() -> None:
    assert named(section("Obligations")) == set(Obligation)


def test_every_basis_and_every_law_has_its_place() -> None:
    rules = section("Where each rule stands")
    assert set(Basis) <= named(rules)
    assert not [regime for regime in REGIMES if regime not in rules]


def test_every_file_of_rules_and_of_cases_is_listed() -> None:
    rules = named(section("Where each rule stands"))
    assert {path.stem for path in FILES} <= rules
    assert {f"rego/laws/{path.name}" for path in (REGO / "laws").glob("*.rego") if "_test" not in path.name} <= rules


def test_every_file_it_names_is_there() -> None:
    for name in named(section("Where each rule stands")):
        if "/" in name and "." in name:
            assert list(REGO.parent.glob(name)), name
    for name in {path.stem for path in FILES}:
        assert (OWN / f"{name}.json").exists()


def test_it_says_what_it_is_not() -> None:
    assert "not legal advice" in TEXT
