"""A C2SP log directory (`checkpoint`, `tile/...`, `vkey`): every body hashed again, up to the signed root.

Where the log's search columns were exported beside the entries (`columns/...`), they are derived again from the
bodies: a blanked column would hide an access from every search without touching a hash.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from audit.verify.faults import Fault, Refused, text
from audit.verify.note import Checkpoint, VerifierKey, checkpoint

BUNDLE = 256
COLUMNS = ("id", "at", "kind", "outcome", "request", "subject", "agency", "actor", "purpose")


def log(directory: Path, key: VerifierKey, progress: Callable[[int], None] = lambda _: None) -> Checkpoint:
    """The checkpoint of a directory that holds. Raises Refused naming the first bad index."""
    signed = checkpoint(text(_read(directory / "checkpoint", "the checkpoint"), "the checkpoint"), key)
    tiles = _Tiles(directory)
    for number in range(0, signed.size, BUNDLE):
        width = min(BUNDLE, signed.size - number)
        bodies = _bundle(directory, number // BUNDLE, width)
        tiles.add([hashlib.sha256(b"\x00" + body).digest() for body in bodies])
        _compare_columns(directory, number // BUNDLE, bodies)
        progress(width)
    if tiles.root() != signed.root:
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


class _Tiles:
    """The tree as tiles, made again from the bodies and held against the directory's. At most 256 hashes a level."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: list[tuple[int, list[bytes]]] = []
        """Per level: the number of the tile being filled, and its hashes so far."""

    def add(self, hashes: list[bytes], level: int = 0) -> None:
        """Add a whole bundle's hashes (or above, one hash); a full tile's root goes one level up."""
        if level == len(self._open):
            self._open.append((0, []))
        number, filling = self._open[level]
        filling += hashes
        if level == 0 or len(filling) == BUNDLE:
            self._compare(level, number, filling)
        if len(filling) == BUNDLE:
            self._open[level] = (number + 1, [])
            self.add([_root(filling)], level + 1)

    def root(self) -> bytes:
        """The root of the whole tree, when the partial tiles at its right edge hold too."""
        right: bytes | None = None
        for level, (number, filling) in enumerate(self._open):
            if filling and level:
                self._compare(level, number, filling)
            if filling:
                right = _root(filling if right is None else [*filling, right])
        return hashlib.sha256(b"").digest() if right is None else right

    def _compare(self, level: int, number: int, hashes: list[bytes]) -> None:
        path = self._directory / "tile" / str(level) / tile_path(number, len(hashes))
        tile = _read(path, f"tile {number} of level {level}")
        wrong = [i for i, here in enumerate(hashes) if tile[32 * i : 32 * i + 32] != here]
        if wrong and level == 0:
            raise Refused(Fault.ENTRY, f"entry {number * BUNDLE + wrong[0]} is not the one that was logged")
        if tile != b"".join(hashes):
            raise Refused(Fault.TILE, f"tile {number} of level {level} is not made of the tiles below")


def _root(hashes: list[bytes]) -> bytes:
    """MTH over the roots of equally large subtrees; only the last may be a smaller one."""
    while len(hashes) > 1:
        odd = hashes[len(hashes) & ~1 :]
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        hashes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return hashes[0]


def _bundle(directory: Path, number: int, width: int) -> list[bytes]:
    encoded = _read(directory / "tile/entries" / tile_path(number, width), f"entry bundle {number}")
    bodies = list(entries(encoded))
    if len(bodies) != width:
        raise Refused(Fault.MISSING, f"entry bundle {number} holds {len(bodies)} entries of {width}")
    return bodies


def _compare_columns(directory: Path, number: int, bodies: list[bytes]) -> None:
    """Hold the search columns (JSON lines) against the bodies they must derive from."""
    if not (directory / "columns").is_dir():
        return
    lines = _read(directory / "columns" / tile_path(number, len(bodies)), f"columns {number}").split(b"\n")
    for offset, body in enumerate(bodies):
        if lines[offset : offset + 1] != [_columns(body)]:
            raise Refused(Fault.COLUMNS, f"the search columns of entry {number * BUNDLE + offset} are not its own")
    if lines[len(bodies) :] != [b""]:
        raise Refused(Fault.COLUMNS, f"columns {number} hold more than their entries")


def _columns(body: bytes) -> bytes | None:
    try:
        document = json.loads(body)
        columns = [document[name] for name in COLUMNS]
        return json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError, KeyError, TypeError):
        return None


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(Fault.MISSING, f"{what} is missing") from error
