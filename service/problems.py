"""Every error that may cross the wire, and the only place that knows statuses (RFC 9457).

Problem
├── BadQuery 400            the question cannot be understood
├── NotAuthenticated 401    the token is missing or wrong
├── ScopeMissing 403        the token does not open this route
├── AccessDenied 403        the one refusal, whatever the cause about the person
├── NotFound 404            no such resource of ours (never a person)
├── Conflict 409            it conflicts with what is recorded
├── TooLarge 413
├── WrongMediaType 415
├── TooManyRequests 429
├── LedgerUnavailable 503   no log, no data
├── PolicyUnavailable 503   no decision, no data
└── StoreUnavailable 503    the database did not answer

No problem ever carries a value of care, a name or an identifier of the subject.
"""

from typing import ClassVar


class Problem(Exception):
    """An error that may be shown to a caller: a stable slug, a status, a title and one plain sentence."""

    slug: ClassVar[str] = "problem"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The gateway could not answer"
    detail: str = "Nothing was released. Try again; if it persists, tell the gateway's operator the instance below."

    def __init__(self, detail: str | None = None, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or type(self).detail
        self.reasons = reasons

    def document(self, instance: str) -> dict[str, object]:
        """The RFC 9457 body for this problem; `reasons` only where they are about the asker."""
        body: dict[str, object] = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        return body | {"reasons": list(self.reasons)} if self.reasons else body


class BadQuery(Problem):
    """The question is malformed, or asks with a word the gateway does not know."""

    slug, status, title = "bad-query", 400, "The query cannot be understood"
    detail = "Check the body against the contract at /openapi.json."


class NotAuthenticated(Problem):
    """The caller did not prove who they are."""

    slug, status, title = "not-authenticated", 401, "The caller is not authenticated"
    detail = "Get an access token at /oauth2/token and send it as a bearer token."


class ScopeMissing(Problem):
    """The token is good, but not for this."""

    slug, status, title = "scope-missing", 403, "The token does not open this resource"
    detail = "Ask for the scope this route needs when you get a token; the partner must be registered for it."


class AccessDenied(Problem):
    """The refusal. One body for no consent, no such person, no record there and closed custodian."""

    slug, status, title = "access-denied", 403, "Nothing may be released for this query"
    detail = "No information is available to you for this query. The attempt is in the log."


class NotFound(Problem):
    """No such resource of the gateway's own. Never used for people."""

    slug, status, title = "not-found", 404, "There is no such resource"
    detail = "Check the address against the contract at /openapi.json."


class Conflict(Problem):
    """The request contradicts what is recorded."""

    slug, status, title = "conflict", 409, "The request conflicts with the record"
    detail = "Read the current state and try again."


class TooLarge(Problem):
    """The body is over the cap (1 MiB)."""

    slug, status, title = "too-large", 413, "The body is too large"
    detail = "Send at most 1 MiB."


class WrongMediaType(Problem):
    """The body is not of a type the route takes."""

    slug, status, title = "wrong-media-type", 415, "The body has the wrong media type"
    detail = "Send application/json."


class TooManyRequests(Problem):
    """The partner is over its limit."""

    slug, status, title = "too-many-requests", 429, "Too many requests"
    detail = "Wait a moment and try again."


class LedgerUnavailable(Problem):
    """The access log did not accept an entry, so nothing may be released."""

    slug, status, title = "ledger-unavailable", 503, "The access log is unavailable"
    detail = "Nothing was released, because it could not be logged. Try again."


class PolicyUnavailable(Problem):
    """The policy engine gave no decision that can be trusted, so nothing may be released."""

    slug, status, title = "policy-unavailable", 503, "The policy engine is unavailable"
    detail = "Nothing was released, because no rule could be asked. Try again."


class StoreUnavailable(Problem):
    """The database did not answer in time."""

    slug, status, title = "store-unavailable", 503, "The gateway's store is unavailable"
    detail = "Nothing was released. Try again."
