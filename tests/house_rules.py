"""The house rules, executable: small `ast` checks, each with a reason, a good and a bad sample in the test beside.

A rule is a function from a module's path and tree to complaints.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

Complaint = str
Rule = Callable[[str, ast.Module], Iterator[Complaint]]

MOST_FUNCTION_LINES, MOST_FILE_LINES = 40, 250
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "handler", "data", "info", "process"}


def commits_in_two_places(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """Nobody but the session and the ledger commits: else an entry could vanish with somebody's rollback."""
    if path in {"service/db/session.py", "audit/ledger.py"}:
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
            yield f"{path}:{call.lineno} commits; only db/session.py and audit/ledger.py do"


def disclosures_in_release_only(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """A record becomes something that may leave in one place only."""
    if path == "service/gateway/release.py":
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Name) and call.func.id == "Disclosure":
            yield f"{path}:{call.lineno} makes a Disclosure; only gateway/release.py does"


def static_log_events(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """A log event is a fixed word with identifiers beside it: a formatted one may carry a value."""
    for call in _calls(tree):
        logs = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        if logs and call.func.value.id in {"log", "logger"} and call.args:  # type: ignore[attr-defined]  # an Attribute of a Name
            first = call.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                yield f"{path}:{call.lineno} logs an event that is not a fixed word"


def aware_times(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """`now()` without a zone is local time on one machine and wrong on the next; the clock is a port."""
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"now", "utcnow", "today"} and not call.args:
            yield f"{path}:{call.lineno} takes a time without a zone"


def short_functions(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """A function of forty lines hides a noun."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                yield f"{path}:{node.lineno} {node.name} has {lines} lines of {MOST_FUNCTION_LINES}"


def short_files(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """So does a file of two hundred and fifty."""
    last = max((getattr(node, "end_lineno", 0) or 0 for node in tree.body), default=0)
    if last > MOST_FILE_LINES:
        yield f"{path} has {last} lines of {MOST_FILE_LINES}"


def telling_names(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """A module or function named for nothing holds everything."""
    if FORBIDDEN_NAMES & set(Path(path).with_suffix("").parts):
        yield f"{path} has a name that says nothing"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _empty(node.name):
            yield f"{path}:{node.lineno} {node.name} has a name that says nothing"


def documented(path: str, tree: ast.Module) -> Iterator[Complaint]:
    """A module opens by saying what it is."""
    if ast.get_docstring(tree) is None and tree.body:
        yield f"{path} does not say what it is"


RULES: tuple[Rule, ...] = (
    commits_in_two_places,
    disclosures_in_release_only,
    static_log_events,
    aware_times,
    short_functions,
    short_files,
    telling_names,
    documented,
)


def complaints(root: Path) -> list[Complaint]:
    """Everything in our packages that breaks a rule."""
    files = [
        f for package in ("service", "policies", "consent", "audit") for f in sorted((root / package).rglob("*.py"))
    ]
    return [
        complaint
        for file in files
        for rule in RULES
        for complaint in rule(str(file.relative_to(root)), ast.parse(file.read_text()))
    ]


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _empty(name: str) -> bool:
    return name.startswith("do_") or name.lower() in FORBIDDEN_NAMES
