"""Every small way to break a module: a statement dropped, a condition turned, a guard taken out, one at a time."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
OPTIONAL = {"append", "Entry", "EmergencyFacts"}
"""Calls that stay valid when an argument is left out."""

Change = tuple[str, ast.AST | None]
"""What is said of it, and the node to put there; None takes it out."""

UNTOUCHED = {"annotation", "returns", "decorator_list", "type", "ctx"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's source with one thing wrong. `name` says where and what: stable while that line is."""

    module: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: `parent.field`, or `parent.field[index]`; and in which function."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    function: str

    def put(self, node: ast.AST | None) -> None:
        """Let another stand here; None closes the gap."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index : self.index + 1] = [] if node is None else [node]

    def put_back(self, siblings: Sequence[ast.AST] | None) -> None:
        """As it was."""
        setattr(self.parent, self.field, self.node if siblings is None else list(siblings))


def mutants(module: str, source: str, functions: frozenset[str] | None = None) -> Iterator[Mutant]:
    """Each mutant of a module, or of some of its functions. A name that comes twice gets a number."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for place in list(_places(tree, "")):
        if functions is not None and place.function not in functions:
            continue
        for said, other in _changes(place):
            siblings = None if place.index is None else tuple(getattr(place.parent, place.field))
            place.put(other)
            name = f"{place.function or 'module'}: {said}"
            seen[name] = seen.get(name, 0) + 1
            number = f" ({seen[name]})" if seen[name] > 1 else ""
            yield Mutant(module, name + number, ast.unparse(ast.fix_missing_locations(tree)))
            place.put_back(siblings)


def _places(node: ast.AST, function: str) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in UNTOUCHED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST):
                continue
            named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield _Place(node, field, index, child, function)
            yield from _places(child, child.name if named else function)  # type: ignore[attr-defined]  # it is one


def _changes(place: _Place) -> Iterator[Change]:
    for kind, breaks in BREAKS.items():
        if isinstance(place.node, kind):
            yield from breaks(place.node, place)


def _said(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _instead(other: ast.AST, node: ast.AST) -> Change:
    return f"`{_said(other)}` for `{_said(node)}`", other


def _statement(node: Any, _place: _Place) -> Iterator[Change]:
    """Dropped: a guard, a call, a refusal. A docstring is not one."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield f"without `{_said(node)}`", ast.Pass()


def _assignment(node: Any, place: _Place) -> Iterator[Change]:
    if isinstance(node.targets[0], ast.Subscript):
        yield from _statement(node, place)


def _handler(node: Any, place: _Place) -> Iterator[Change]:
    if len(getattr(place.parent, place.field)) > 1:
        yield f"without `{_said(node)}`", None
    else:
        yield f"nothing caught by `{_said(node)}`", ast.ExceptHandler(ast.Name("ZeroDivisionError"), None, node.body)


def _tuple(node: Any, place: _Place) -> Iterator[Change]:
    """One of a tuple that something is held against."""
    if isinstance(place.parent, ast.Compare | ast.ExceptHandler) and len(node.elts) > 1:
        for at, element in enumerate(node.elts):
            yield f"without {_said(element)} in `{_said(node)}`", ast.Tuple(node.elts[:at] + node.elts[at + 1 :])


def _compare(node: Any, _place: _Place) -> Iterator[Change]:
    if len(node.ops) == 1:
        yield _instead(ast.Compare(node.left, [COMPARED[type(node.ops[0])]()], node.comparators), node)


def _bool_op(node: Any, _place: _Place) -> Iterator[Change]:
    yield _instead(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values), node)
    for at in range(len(node.values)):
        kept = [value for i, value in enumerate(node.values) if i != at]
        yield _instead(kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept), node)


def _set_op(node: Any, _place: _Place) -> Iterator[Change]:
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield from (_instead(side, node) for side in (node.left, node.right))


def _filter(node: Any, _place: _Place) -> Iterator[Change]:
    if node.ifs:
        yield f"all of `{_said(node)}`", ast.comprehension(node.target, node.iter, [], node.is_async)


def _choice(node: Any, _place: _Place) -> Iterator[Change]:
    yield from (_instead(side, node) for side in (node.body, node.orelse))


def _not(node: Any, _place: _Place) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield _instead(node.operand, node)


def _constant(node: Any, place: _Place) -> Iterator[Change]:
    if isinstance(node.value, bool | int):
        other = (not node.value) if isinstance(node.value, bool) else node.value + 1
        yield f"{other} for {node.value} in `{_said(place.parent)[:60]}`", ast.Constant(other)


def _call(node: Any, _place: _Place) -> Iterator[Change]:
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if called in SWAPPED:
        yield _instead(ast.Call(ast.Name(SWAPPED[called]), node.args, node.keywords), node)
    if called in OPTIONAL and node.args:
        yield f"without the last argument of `{_said(node)}`", ast.Call(node.func, node.args[:-1], node.keywords)
    for keyword in node.keywords if called in OPTIONAL else ():
        kept = [k for k in node.keywords if k is not keyword]
        yield f"without {keyword.arg} in `{_said(node)[:60]}`", ast.Call(node.func, node.args, kept)


def _dict(node: Any, _place: _Place) -> Iterator[Change]:
    for at, key in enumerate(node.keys):
        keys, values = [*node.keys], [*node.values]
        del keys[at], values[at]
        yield f"without {_said(key) if key else '**'} in `{_said(node)[:60]}`", ast.Dict(keys, values)


BREAKS: dict[Any, Callable[[Any, _Place], Iterator[Change]]] = {
    ast.Expr | ast.Raise | ast.If | ast.Continue: _statement,
    ast.Assign: _assignment,
    ast.ExceptHandler: _handler,
    ast.Tuple: _tuple,
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.BinOp: _set_op,
    ast.comprehension: _filter,
    ast.IfExp: _choice,
    ast.UnaryOp: _not,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Dict: _dict,
}
"""How each kind of node can be wrong. The node is `Any`: each function takes the kind it stands beside."""
