"""The policy bundle: rules and tables in one archive, named by the hash of what is in it.

The same bundle feeds both engines. Its revision stands in every decision and every entry.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies import tables
from policies.faults import Table

REGO = Path(__file__).parent / "rego"
ENTRYPOINT = "porchlight/decision/answer"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rules by file name, the `data` document, and the revision (hex SHA-256, 16 characters) over both."""

    rules: Mapping[str, str]
    data: Mapping[str, Any]
    revision: str

    def archive(self) -> bytes:
        """The bundle as OPA reads it: a deterministic gzipped tar with `.manifest`, `data.json` and the rules."""
        manifest = {"revision": self.revision, "roots": ["porchlight", "tables"], "rego_version": 1}
        files = {"/.manifest": _json(manifest), "/data.json": _json(self.data)}
        files |= {f"/{name}": text.encode() for name, text in self.rules.items()}
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as tar:
            for name, content in sorted(files.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return gzip.compress(plain.getvalue(), mtime=0)


def load(rules: Path = REGO, data: Path = tables.DATA) -> Bundle:
    """The bundle in these directories. Raises TablesInvalid where the data contradicts itself."""
    return made(sources(rules), tables.read(data))


def sources(rules: Path = REGO) -> dict[str, str]:
    """The rules by file name, without their tests."""
    paths = [path for path in sorted(rules.rglob("*.rego")) if not path.name.endswith("_test.rego")]
    return {str(path.relative_to(rules)): path.read_text() for path in paths}


def made(rules: Mapping[str, str], source: Mapping[str, Table]) -> Bundle:
    """The bundle of these rules and tables. Raises TablesInvalid where the tables contradict themselves."""
    keyed = tables.keyed(source)
    revision = hashlib.sha256(_json([rules, keyed])).hexdigest()[:16]
    return Bundle(rules, {"tables": {**keyed, "revision": revision}}, revision)


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
