"""Tree nodes read back from the database, for proofs about any entry and any two sizes."""

from collections.abc import Iterable

from psycopg import AsyncConnection

from audit.batch import TILE
from audit.merkle import Frontier, Node, subtree

LEAVES = "SELECT index, leaf FROM log_entry WHERE index >= %s AND index < %s ORDER BY index"
TILES = (
    "SELECT level, index, hashes FROM log_tile WHERE (level, index) IN (SELECT * FROM unnest(%s::int[], %s::bigint[]))"
)


class Nodes:
    """Complete subtrees by (level, index), from full tiles and from the leaves right of them."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._leaves: dict[int, bytes] = {}
        self._made: dict[Node, bytes] = {}

    @classmethod
    async def covering(cls, connection: AsyncConnection, spans: Iterable[tuple[int, int]]) -> "Nodes":
        """Everything needed for the hashes of these leaf ranges, in two reads."""
        wanted: set[Node] = set()
        for low, high in spans:
            subtree(low, high, lambda node: wanted.add(node) or b"")  # type: ignore[func-returns-value]  # collects
        nodes = cls()
        await nodes._read(connection, wanted)
        return nodes

    def __call__(self, node: Node) -> bytes:
        """The hash of a complete subtree. Raises KeyError when it was not covered or is not in the log."""
        if node not in self._made:
            self._made[node] = self._make(*node)
        return self._made[node]

    def _make(self, level: int, index: int) -> bytes:
        within, above = level % 8, level // 8
        tile = self._tiles.get((above, (index << within) // TILE))
        if tile is not None:
            first = (index << within) % TILE
            return _over(tile[32 * first : 32 * (first + (1 << within))])
        if above == 0:
            return _over(b"".join(self._leaves[i] for i in range(index << level, (index + 1) << level)))
        # The tile above is not full yet: the node is the root over full tiles below.
        below = [_over(self._tiles[above - 1, i]) for i in range(index << within, (index + 1) << within)]
        return _over(b"".join(below))

    async def _read(self, connection: AsyncConnection, wanted: set[Node]) -> None:
        tiles = {(level // 8, (index << level % 8) // TILE) for level, index in wanted}
        tiles |= {
            (level // 8 - 1, i)
            for level, index in wanted
            if level >= 8  # noqa: PLR2004  # eight levels to a tile
            for i in range(index << level % 8, (index + 1) << level % 8)
        }
        cursor = await connection.execute(TILES, [[t[0] for t in tiles], [t[1] for t in tiles]])
        self._tiles = {(int(lv), int(i)): bytes(hashes) for lv, i, hashes in await cursor.fetchall()}
        low = [(i << lv, (i + 1) << lv) for lv, i in wanted if lv < 8 and (0, (i << lv) // TILE) not in self._tiles]  # noqa: PLR2004
        for first, last in low:
            cursor = await connection.execute(LEAVES, [first, last])
            self._leaves |= {int(i): bytes(leaf) for i, leaf in await cursor.fetchall()}


def _over(hashes: bytes) -> bytes:
    return Frontier().grown(hashes[i : i + 32] for i in range(0, len(hashes), 32)).frontier.root()
