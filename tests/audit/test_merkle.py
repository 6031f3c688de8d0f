"""The tree against RFC 6962's own recursion, for every size where something can happen."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.merkle import EMPTY_ROOT, Frontier, consistency, inclusion, leaf_hash, split
from audit.verify.faults import Fault, Refused
from audit.verify.proofs import consistent, included
from tests.audit.oracle import Naive

TREE = Naive([leaf_hash(str(i).encode()) for i in range(131)])

CERTIFICATE_TRANSPARENCY = (  # the eight leaves and roots of the reference implementation of RFC 6962
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
)


def grown(leaves: Sequence[bytes]) -> Frontier:
    return Frontier().grown(leaves).frontier


def test_the_known_leaves_have_the_known_roots() -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry, _ in CERTIFICATE_TRANSPARENCY]
    roots = [grown(leaves[: i + 1]).root().hex() for i in range(8)]
    assert roots == [root for _, root in CERTIFICATE_TRANSPARENCY]
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(131))
def test_every_root_and_every_inclusion_proof_is_the_definitions(size: int) -> None:
    growth = Frontier().grown(TREE.leaves[:size])
    root = growth.frontier.root()
    assert root == TREE.root(0, size)
    for index in range(size):
        path = growth.proof(index)
        assert path == TREE.path(index, 0, size) == inclusion(index, size, TREE.root)
        included(TREE.leaves[index], index, size, path, root)


@pytest.mark.parametrize("new", range(131))
def test_every_consistency_proof_is_the_definitions(new: int) -> None:
    for old in range(new + 1):
        path = consistency(old, new, TREE.root)
        assert path == TREE.proof(old, new)
        consistent(old, new, TREE.root(0, old), TREE.root(0, new), path)


@given(st.integers(0, 600), st.integers(1, 600))
@settings(deadline=None)
def test_a_batch_is_proven_from_the_old_right_edge_alone(before: int, more: int) -> None:
    leaves = [leaf_hash(i.to_bytes(2)) for i in range(before + more)]
    growth = grown(leaves[:before]).grown(leaves[before:])
    root = growth.frontier.root()
    assert root == grown(leaves).root()
    for index in {before, before + more // 2, before + more - 1}:
        included(leaves[index], index, before + more, growth.proof(index), root)


def fault(old: int, new: int, path: Sequence[bytes]) -> Fault | None:
    try:
        consistent(old, new, TREE.root(0, old), TREE.root(0, new), path)
    except Refused as refused:
        return refused.fault
    return None


@given(st.integers(1, 130), st.data())
@settings(deadline=None, max_examples=300)
def test_an_inclusion_proof_that_was_touched_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    touched = data.draw(touches(TREE.path(index, 0, size)))
    with pytest.raises(Refused) as refused:
        included(TREE.leaves[index], index, size, touched, TREE.root(0, size))
    assert refused.value.fault is Fault.INCLUSION


@given(st.integers(1, 130), st.data())
@settings(deadline=None, max_examples=300)
def test_a_consistency_proof_that_was_touched_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    assert fault(old, new, data.draw(touches(TREE.proof(old, new)))) is Fault.CONSISTENCY


@st.composite
def touches(draw: st.DrawFn, path: list[bytes]) -> list[bytes]:
    """The path with a hash dropped, doubled, added or changed in one bit, or two different ones swapped."""
    at = draw(st.integers(0, len(path)))
    if at == len(path):
        return [*path, draw(st.sampled_from([hashlib.sha256(b"").digest(), *TREE.leaves[:3]]))]
    bit = draw(st.integers(0, 255))
    flipped = (int.from_bytes(path[at]) ^ 1 << bit).to_bytes(32)
    choices = [path[:at] + path[at + 1 :], [*path[: at + 1], *path[at:]], [*path[:at], flipped, *path[at + 1 :]]]
    if path[0] != path[-1]:
        choices.append([path[-1], *path[1:-1], path[0]])
    return draw(st.sampled_from([*choices, [*path[:at], path[at][:31], *path[at + 1 :]]]))


@given(st.integers(1, 130), st.data())
@settings(deadline=None)
def test_a_proof_holds_for_no_other_index(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size + 1))
    if other != index:
        with pytest.raises(Refused):
            included(TREE.leaves[index], other, size, TREE.path(index, 0, size), TREE.root(0, size))


@pytest.mark.parametrize("size", range(2, 40))
def test_an_inner_node_is_no_leaf(size: int) -> None:
    inner = hashlib.sha256(b"\x01" + TREE.leaves[0] + TREE.leaves[1]).digest()
    for path in (TREE.path(0, 0, size)[1:], TREE.path(0, 0, size)):
        with pytest.raises(Refused):
            included(inner, 0, size, path, TREE.root(0, size))


def pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_a_proof_of_another_length_is_refused_even_if_the_roots_were_made_for_it() -> None:
    a, b, c, d = TREE.leaves[:4]
    with pytest.raises(Refused):
        included(a, 0, 1, [b], pair(b, a))
    with pytest.raises(Refused):
        consistent(3, 4, a, pair(a, b), [a, b])
    with pytest.raises(Refused):
        consistent(3, 4, pair(d, pair(c, a)), pair(d, pair(c, pair(a, b))), [a, b, c, d])


def test_a_log_does_not_shrink_and_has_no_leaf_beyond_its_end() -> None:
    with pytest.raises(ValueError, match="shrink"):
        consistency(5, 4, TREE.root)
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion(4, 4, TREE.root)
    assert fault(5, 4, []) is Fault.CONSISTENCY
    assert [split(n) for n in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]
