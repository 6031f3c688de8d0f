"""What can be wrong, one exit code each. A fault names the first bad place and never prints an entry's content."""

from enum import IntEnum


class Fault(IntEnum):
    """The class of a fault; its value is the verifier's exit code."""

    MALFORMED = 10
    SIGNATURE = 11
    INCLUSION = 12
    CONSISTENCY = 13
    ENTRY = 14
    MISSING = 15
    ROOT = 16
    COLUMNS = 17
    TILE = 18


class Refused(Exception):
    """Verification failed."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def text(encoded: bytes, what: str) -> str:
    """UTF-8 exactly as it stands, line ends included. Raises Refused."""
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        raise Refused(Fault.MALFORMED, f"{what} is not UTF-8") from error
