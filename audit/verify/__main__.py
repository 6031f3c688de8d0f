"""`python -m audit.verify`: needs Python and the `cryptography` package, nothing else."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from audit.verify import __doc__ as manual
from audit.verify.directory import log
from audit.verify.faults import Fault, Refused, text
from audit.verify.note import VerifierKey, checkpoint
from audit.verify.receipt import extension, proof, receipt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one check and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        for line in asked.run(asked):
            print(line)  # noqa: T201  # a command's own output
    except Refused as refused:
        print(f"REFUSED {refused.fault.name.lower()}: {refused}", file=sys.stderr)  # noqa: T201
        return refused.fault.value
    except OSError as error:
        print(f"REFUSED missing: {error}", file=sys.stderr)  # noqa: T201
        return Fault.MISSING.value
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("audit.verify", description=manual, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("receipt", help="a receipt stands in a tree the log signed")
    one.add_argument("file", type=Path)
    one.add_argument("--vkey", required=True, help="the log's verifier key, or a file that holds it")
    one.add_argument(
        "--entry", type=Path, help="the entry's exact bytes (default: the leaf hash in the receipt's `extra`)"
    )
    one.set_defaults(run=_receipt)
    whole = commands.add_parser("log", help="a C2SP log directory is whole")
    whole.add_argument("directory", type=Path)
    whole.add_argument("--vkey", help="the log's verifier key (default: DIRECTORY/vkey, only as good as its source)")
    whole.set_defaults(run=_log)
    two = commands.add_parser("consistency", help="one checkpoint extends another")
    for name in ("old", "new", "proof"):
        two.add_argument(name, type=Path)
    two.add_argument("--vkey", required=True)
    two.set_defaults(run=_consistency)
    many = commands.add_parser("proof", help="RFC 6962 proofs in JSON")
    many.add_argument("files", type=Path, nargs="+")
    many.set_defaults(run=_proofs)
    return parser


def _key(given: str) -> VerifierKey:
    path = Path(given)
    return VerifierKey.parse(_text(path) if path.is_file() else given)


def _text(path: Path) -> str:
    return text(path.read_bytes(), path.name)


def _receipt(asked: argparse.Namespace) -> list[str]:
    index, signed = receipt(_text(asked.file), _key(asked.vkey), _leaf(asked.entry))
    return [f"OK entry {index} stands in the log {signed.origin} of {signed.size} entries"]


def _leaf(entry: Path | None) -> bytes | None:
    return None if entry is None else hashlib.sha256(b"\x00" + entry.read_bytes()).digest()


def _log(asked: argparse.Namespace) -> list[str]:
    key = _key(asked.vkey) if asked.vkey else VerifierKey.parse(_text(asked.directory / "vkey"))
    signed = log(asked.directory, key, _Bar())
    return [f"OK {signed.size} entries of {signed.origin} hash to the signed root"]


class _Bar:
    """A count on a terminal's error stream; silent elsewhere."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, entries: int) -> None:
        self.done += entries
        if sys.stderr.isatty() and self.done % 65_536 == 0:
            print(f"\r{self.done:,} entries hashed", end="", file=sys.stderr)  # noqa: T201


def _consistency(asked: argparse.Namespace) -> list[str]:
    key = _key(asked.vkey)
    old, new = (checkpoint(_text(path), key) for path in (asked.old, asked.new))
    extension(asked.proof, old, new)
    return [f"OK {new.origin} grew from {old.size} to {new.size} entries and rewrote nothing"]


def _proofs(asked: argparse.Namespace) -> list[str]:
    verdicts, refused = [], None
    for path in asked.files:
        try:
            verdicts.append(f"valid {path.name}: {proof(path)}")
        except Refused as error:
            verdicts.append(f"invalid {path.name}: {error}")
            refused = refused or error
    if refused is not None:
        print("\n".join(verdicts))  # noqa: T201
        raise refused
    return verdicts


if __name__ == "__main__":
    sys.exit(main())
