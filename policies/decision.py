"""The answer of the rules, parsed strictly: an odd shape is no decision at all, never a refusal or a permit."""

from dataclasses import dataclass

from policies.request import Request
from policies.vocabulary import Basis, Obligation, Reason

ALWAYS = frozenset({Obligation.AUDIT, Obligation.AOD, Obligation.ENCRYPTT})
"""What every release obliges to, whatever the law."""

ITEM_SHAPE = {"key", "permit", "fields", "basis", "consents", "reason", "obligations"}


class PolicyError(Exception):
    """The engine gave nothing that can be trusted: down, slow, malformed, or of another revision."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one item. `consents` are indexes into the request's consents; a refusal has a reason."""

    key: str
    permit: bool
    fields: frozenset[str]
    basis: tuple[str, ...]
    consents: tuple[int, ...]
    reason: Reason | None
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict per item, in the request's order, and the revision of the bundle that gave them."""

    revision: str
    verdicts: tuple[Verdict, ...]

    @property
    def permitted(self) -> bool:
        """Is anything permitted?"""
        return any(verdict.permit for verdict in self.verdicts)


def parse(answer: object, request: Request, revision: str) -> Decision:
    """The engine's JSON document as a Decision for exactly this request and bundle. Raises PolicyError on any doubt."""
    try:
        return _decision(answer, request, revision)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PolicyError("the policy engine answered in a shape that cannot be trusted") from error


def _decision(document: object, request: Request, revision: str) -> Decision:
    _require(isinstance(document, dict))
    assert isinstance(document, dict)  # noqa: S101  # narrows for the type checker; required above
    _require(set(document) == {"revision", "items"} and document["revision"] == revision)
    items = document["items"]
    _require(isinstance(items, list) and len(items) == len(request.items))
    assert isinstance(items, list)  # noqa: S101  # narrows for the type checker; required above
    verdicts = tuple(_verdict(item, index, request) for index, item in enumerate(items))
    return Decision(revision, verdicts)


def _verdict(item: dict[str, object], index: int, request: Request) -> Verdict:
    asked = request.items[index]
    _require(set(item) == ITEM_SHAPE and item["key"] == f"{asked.custodian}/{asked.category}")
    _require(isinstance(item["permit"], bool))
    lists = [item[name] for name in ("fields", "basis", "consents", "obligations")]
    _require(all(isinstance(entry, list) for entry in lists))
    _require(all(len(set(entry)) == len(entry) for entry in lists))  # type: ignore[arg-type,call-overload]  # lists by now
    fields, basis, consents, obligations = (list(entry) for entry in lists)  # type: ignore[call-overload]  # required above
    verdict = Verdict(
        key=str(item["key"]),
        permit=item["permit"] is True,
        fields=frozenset(fields),
        basis=tuple(Basis(ground) for ground in basis),
        consents=tuple(consents),
        reason=Reason(str(item["reason"])) if item["reason"] != "" else None,
        obligations=tuple(Obligation(code) for code in obligations),
    )
    _sound(verdict, frozenset(asked.fields), len(request.consents))
    return verdict


def _sound(verdict: Verdict, asked: frozenset[str], consents: int) -> None:
    """A permit names fields that were asked and its basis, and no reason; a refusal the reverse."""
    _require(verdict.fields <= asked)
    _require(all(type(i) is int and 0 <= i < consents for i in verdict.consents))
    _require((Basis.CONSENT in verdict.basis) == bool(verdict.consents))
    if verdict.permit:
        _require(bool(verdict.fields) and bool(verdict.basis) and verdict.reason is None)
        _require(set(verdict.obligations) >= ALWAYS)
    else:
        _require(verdict.reason is not None and not (verdict.fields or verdict.basis or verdict.obligations))


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("odd shape")
