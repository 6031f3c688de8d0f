"""The index's SQL: read a neighborhood, write its changes, read what the index answers. Nothing here decides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.vocabulary import Agency
from service.gateway.ports import Sighting
from service.subjects.neighborhood import Changes, Name
from service.subjects.placement import Question
from service.subjects.tables import blocking, link, link_review, person

MOST_IN_BLOCK: Final = 500
"""A key shared by more tells nobody apart (an agency's own telephone, a shelter's address): it is passed over."""

ONE_WRITER: Final = 0x696E646578
"""The advisory lock of those who change the index: "index" in ASCII. Two feeds at once would make two of one person."""

_SPELLED: Final = tuple(column for column in link.columns if column.name != "ref")


def _asked() -> Any:  # noqa: ANN401  # SQLAlchemy does not type a table-valued function's columns
    """The identifiers asked for, from the two arrays of `names_asked`."""
    arrays = bindparam("custodians", type_=ARRAY(Text)), bindparam("local_ids", type_=ARRAY(Text))
    return func.unnest(*arrays).table_valued("custodian", "local_id", name="asked").render_derived()


def _refs_named() -> Select[Any]:
    asked = _asked()
    return select(link.c.ref).join(asked, _same_name(link, asked))


def _persons_named() -> Select[*tuple[Any, ...]]:
    asked, whole = _asked(), link.alias("whole")
    found = asked.join(link, _same_name(link, asked)).join(whole, whole.c.ref == link.c.ref)
    theirs = whole.c.ref, whole.c.custodian, whole.c.local_id, whole.c.birth_date
    return select(asked.c.custodian, asked.c.local_id, *theirs).select_from(found)


def _blocks() -> Select[Any, Any]:
    shared = func.count().over(partition_by=blocking.c.key).label("shared")
    asked = blocking.c.key == any_(bindparam("keys", type_=ARRAY(BigInteger)))
    block = select(blocking.c.key, blocking.c.ref, shared).where(asked).subquery()
    return select(block.c.key, block.c.ref).where(block.c.shared <= literal_column(str(MOST_IN_BLOCK)))


def _same_name(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return (one.c.custodian == other.c.custodian) & (one.c.local_id == other.c.local_id)


REFS_NAMED: Final = _refs_named()
"""(ref) of the persons some identifiers are linked to. Parameters: `names_asked`."""

PERSONS_NAMED: Final = _persons_named()
"""For each identifier asked for: itself, its person's ref, and one of their links (custodian, id, birth date)."""

BLOCKS: Final = _blocks()
"""(key, ref) of every key in `keys` that still tells people apart."""

LINKS: Final = select(link.c.ref, *_SPELLED).where(link.c.ref == any_(bindparam("refs", type_=ARRAY(Text))))
"""All links of the persons in `refs`: ref, then a sighting's fields."""

_ALONE: Final = select(func.pg_advisory_xact_lock(ONE_WRITER))


async def alone(connection: AsyncConnection) -> None:
    """Wait to be the only writer of the index until the transaction ends."""
    await connection.execute(_ALONE)


def written(statement: Select[Any]) -> str:
    """A statement as psycopg takes it, for the reads that every query makes."""
    return str(statement.compile(dialect=dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's own


def names_asked(names: Iterable[Name]) -> Mapping[str, object]:
    """The parameters that ask for some identifiers."""
    pairs = list(names)
    return {"custodians": [custodian for custodian, _ in pairs], "local_ids": [local_id for _, local_id in pairs]}


def sighting(row: Sequence[Any]) -> tuple[str, Sighting]:
    """A row of `links_of`: the person's reference and the newest sighting under one identifier."""
    ref, custodian, *rest = row
    return str(ref), Sighting(Agency(custodian), *rest)


async def write(connection: AsyncConnection, changes: Changes) -> None:
    """Store a batch's changes."""
    if changes.persons:
        await connection.execute(insert(person), [{"ref": ref} for ref in changes.persons])
    if changes.links:
        await connection.execute(_upsert_link(), [_row(ref, seen) for ref, seen in changes.links])
    if changes.keys:
        keys, refs = (list(column) for column in zip(*changes.keys, strict=True))
        rows = select(func.unnest(literal(keys, ARRAY(BigInteger))), func.unnest(literal(refs, ARRAY(Text))))
        await connection.execute(insert(blocking).from_select(["key", "ref"], rows).on_conflict_do_nothing())
    if changes.questions:
        asked = [_question(name, question) for name, question in changes.questions]
        await connection.execute(insert(link_review).on_conflict_do_nothing(), asked)


def fits(text: str) -> bool:
    """Whether PostgreSQL can hold a text: no NUL, no lone surrogate. One that does not fit fails its whole batch."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _upsert_link() -> Any:  # noqa: ANN401  # an Insert, untyped in its columns
    new = insert(link)
    changed = {column.name: new.excluded[column.name] for column in link.columns if not column.primary_key}
    return new.on_conflict_do_update(index_elements=["custodian", "local_id"], set_=changed)


def _question(name: Name, question: Question) -> Mapping[str, object]:
    custodian, local_id = name
    asked = {"custodian": custodian, "local_id": local_id, "ref": question.ref}
    return asked | {"cause": question.cause.value, "score": question.bits}


def _row(ref: str, seen: Sighting) -> Mapping[str, object]:
    return {"ref": ref} | {column.name: getattr(seen, column.name) for column in _SPELLED}
