"""Why a token, an assertion or a token request is refused: closed codes for the log, never a claim's value."""

from enum import StrEnum


class TokenFault(StrEnum):
    """What was wrong. The first group is about the token alone, the second about who stands behind it."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    KEY = "key"
    SIGNATURE = "signature"
    TYPE = "type"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    TIME = "time"
    CLAIMS = "claims"

    PARTNER = "partner"
    AGREEMENT = "agreement"
    REPLAY = "replay"
    ACTOR = "actor"
    SCOPE = "scope"


class InvalidToken(Exception):
    """The token proves nothing. Carries a code; never a byte of the token."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault
