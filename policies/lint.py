"""House rules for Rego: what may differ between the two engines, reach outside, or fail open, is refused here.

Reads text, runs nothing. `not` over anything but a plain rule name with a default is undefined in one engine and
true in the other (a reason to deny would vanish); a built-in of the outside world makes a decision unrepeatable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BANNED = (
    r"http\.send",
    r"opa\.runtime",
    r"net\.\w+",
    r"rand\.\w+",
    r"time\.now_ns",
    r"uuid\.\w+",
    r"io\.\w+",
    r"crypto\.\w+",
    r"print",
    r"trace",
)
"""Built-ins that reach outside, differ from run to run, or write to a log."""

NOT_RULES = re.compile(r"^(?:package|import|default)\b|^[\]})]")

WORD = r"[a-zA-Z_]\w*"


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: file, line (from 1) and what to do about it."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


def findings(rules: Mapping[str, str]) -> list[Finding]:
    """Every breach in these rules (text by file name)."""
    return [finding for name, text in sorted(rules.items()) for finding in _file(name, text)]


def _file(name: str, text: str) -> Iterator[Finding]:
    code = _code(text)
    defaults = set(re.findall(rf"^default\s+({WORD})", code, re.MULTILINE))
    for at, says in (*_negations(code, defaults), *_reaches(code), *_booleans(code, defaults)):
        yield Finding(name, code.count("\n", 0, at) + 1, says)


def _code(text: str) -> str:
    """The text with comments and the insides of strings blanked, every line in its place."""
    pattern = r'"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*'
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", "_", found[0]) if found[0][0] != "#" else "", text)


def _negations(code: str, defaults: set[str]) -> Iterator[tuple[int, str]]:
    """`not` may only stand before a plain rule name of this file that has a default, and nothing after it."""
    for found in re.finditer(r"\bnot\b(?P<rest>[^\n;}]*)", code):
        name = found["rest"].strip()
        if not re.fullmatch(WORD, name):
            yield found.start(), "negate only a plain rule name"
        elif name not in defaults:
            yield found.start(), f"negated rule {name} has no default here"


def _reaches(code: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer(rf"(?<![\w.])(?:{'|'.join(BANNED)})\s*\(", code):
        yield found.start(), f"{found[0].rstrip('( ')} is banned"
    for found in re.finditer(r"\bwith\b", code):
        yield found.start(), "`with` belongs to tests: it crashes the embedded engine"
    for found in re.finditer(r"^import\s+(?!rego\.v1\b)(?!data\.)\S+", code, re.MULTILINE):
        yield found.start(), "import only data"


def _booleans(code: str, defaults: set[str]) -> Iterator[tuple[int, str]]:
    """A rule that is true or nothing must be false by default; functions and sets are another matter."""
    for found in re.finditer(rf"^(?P<name>{WORD})(?P<head>[^\n]*)", code, re.MULTILINE):
        name, head = found["name"], found["head"].strip()
        if NOT_RULES.match(found[0]) or not re.match(r"(?:if\b|\{|:?=\s*(?:true|false)\b)", head):
            continue
        if name not in defaults:
            yield found.start(), f"boolean rule {name} has no default"
