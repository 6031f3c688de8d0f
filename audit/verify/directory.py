"""A C2SP log directory (`checkpoint`, `tile/entries/...`, `vkey`): every body hashed again, up to the signed root."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from audit.verify.faults import Fault, Refused
from audit.verify.note import Checkpoint, VerifierKey, checkpoint

BUNDLE = 256


def log(directory: Path, key: VerifierKey, progress: Callable[[int], None] = lambda _: None) -> Checkpoint:
    """The checkpoint of a directory that holds. Raises Refused naming the first bad index."""
    signed = checkpoint(_read(directory / "checkpoint", "the checkpoint").decode(), key)
    stack: list[tuple[int, bytes]] = []
    for number in range(0, signed.size, BUNDLE):
        width = min(BUNDLE, signed.size - number)
        leaves = _bundle(directory, number // BUNDLE, width)
        _compare(directory, number // BUNDLE, width, leaves)
        for leaf in leaves:
            _push(stack, leaf)
        progress(width)
    if _fold(stack) != signed.root:
        raise Refused(Fault.ROOT, f"the {signed.size} entries do not hash to the signed root")
    return signed


def tile_path(number: int, width: int = BUNDLE) -> str:
    """`x001/x234/067`, with `.p/W` for a partial one (C2SP tlog-tiles)."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts)) + (f".p/{width}" if width != BUNDLE else "")


def entries(encoded: bytes) -> Iterator[bytes]:
    """The entries of a bundle. Raises Refused when a length does not fit."""
    at = 0
    while at < len(encoded):
        length = int.from_bytes(encoded[at : at + 2], "big")
        entry = encoded[at + 2 : at + 2 + length]
        if len(encoded) < at + 2 or len(entry) != length:
            raise Refused(Fault.MALFORMED, "an entry bundle is cut short")
        yield entry
        at += 2 + length


def _bundle(directory: Path, number: int, width: int) -> list[bytes]:
    encoded = _read(directory / "tile/entries" / tile_path(number, width), f"entry bundle {number}")
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries(encoded)]
    if len(leaves) != width:
        raise Refused(Fault.MISSING, f"entry bundle {number} holds {len(leaves)} entries of {width}")
    return leaves


def _compare(directory: Path, number: int, width: int, leaves: list[bytes]) -> None:
    """Hold the bodies against the level-0 tile, so that the first bad index can be named."""
    tile = _read(directory / "tile/0" / tile_path(number, width), f"tile {number}")
    for offset, leaf in enumerate(leaves):
        if tile[32 * offset : 32 * offset + 32] != leaf:
            raise Refused(Fault.ENTRY, f"entry {number * BUNDLE + offset} is not the one that was logged")


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(Fault.MISSING, f"{what} is missing") from error


def _push(stack: list[tuple[int, bytes]], leaf: bytes) -> None:
    height, here = 0, leaf
    while stack and stack[-1][0] == height:
        here = hashlib.sha256(b"\x01" + stack.pop()[1] + here).digest()
        height += 1
    stack.append((height, here))


def _fold(stack: list[tuple[int, bytes]]) -> bytes:
    if not stack:
        return hashlib.sha256(b"").digest()
    here = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        here = hashlib.sha256(b"\x01" + left + here).digest()
    return here
