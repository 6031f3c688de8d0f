"""The index's SQL: read a neighborhood, write its changes, read what the index answers. Nothing here decides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Row, Select, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import insert
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


async def alone(connection: AsyncConnection) -> None:
    """Wait to be the only writer of the index until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(ONE_WRITER)))


def blocks(keys: Iterable[int]) -> Select[Any, Any]:
    """(key, ref) of every key that still tells people apart."""
    shared = func.count().over(partition_by=blocking.c.key).label("shared")
    asked = blocking.c.key == any_(literal(list(keys), ARRAY(BigInteger)))
    block = select(blocking.c.key, blocking.c.ref, shared).where(asked).subquery()
    return select(block.c.key, block.c.ref).where(block.c.shared <= MOST_IN_BLOCK)


def links_of(refs: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """All links of some persons: ref, then a sighting's fields."""
    return select(link.c.ref, *_SPELLED).where(link.c.ref == any_(literal(list(refs), ARRAY(Text))))


def refs_of(names: Sequence[Name]) -> Select[Any]:
    """The persons some identifiers are linked to."""
    asked = _asked(names)
    return select(link.c.ref).join(
        asked, (link.c.custodian == asked.c.custodian) & (link.c.local_id == asked.c.local_id)
    )


def persons_named(names: Sequence[Name]) -> Select[*tuple[Any, ...]]:
    """For each identifier asked for: itself, its person's ref, and one of their links (custodian, id, birth date)."""
    asked, whole = _asked(names), link.alias("whole")
    found = asked.join(link, (link.c.custodian == asked.c.custodian) & (link.c.local_id == asked.c.local_id))
    return select(
        asked.c.custodian, asked.c.local_id, whole.c.ref, whole.c.custodian, whole.c.local_id, whole.c.birth_date
    ).select_from(found.join(whole, whole.c.ref == link.c.ref))


def sighting(row: Row[*tuple[Any, ...]]) -> tuple[str, Sighting]:
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


def _asked(names: Sequence[Name]) -> Any:  # noqa: ANN401  # SQLAlchemy does not type a table-valued function's columns
    custodians, ids = [name[0] for name in names], [name[1] for name in names]
    columns = func.unnest(literal(custodians, ARRAY(Text)), literal(ids, ARRAY(Text)))
    return columns.table_valued("custodian", "local_id", name="asked").render_derived()


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
