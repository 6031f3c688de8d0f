"""A log directory as an outsider checks it: every single bit counts, and the first bad index is named."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Signer
from audit.export import tile_name
from audit.verify.directory import entries, log, tile_path
from audit.verify.faults import Fault, Refused, text
from audit.verify.note import VerifierKey
from tests.audit.oracle import OTHER_KEY, OTHER_LOG, write_directory

ENTRIES = [f'{{"id":"e-{i}"}}'.encode() for i in range(600)]


def check(directory: Path, vkey: str | None = None) -> int:
    held = vkey or text((directory / "vkey").read_bytes(), "the key")
    return log(directory, VerifierKey.parse(held)).size


def fault_of(directory: Path, vkey: str | None = None) -> tuple[Fault, str] | None:
    try:
        check(directory, vkey)
    except Refused as refused:
        return refused.fault, str(refused)
    return None


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 600 entries: two full bundles and one partial, and two levels of tiles."""
    directory = tmp_path_factory.mktemp("log")
    write_directory(directory, ENTRIES)
    return directory


@pytest.fixture
def directory(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "log"))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 600])
def test_a_whole_log_of_any_size_holds(tmp_path: Path, size: int) -> None:
    write_directory(tmp_path, ENTRIES[:size])
    assert check(tmp_path) == size


def test_a_log_three_levels_high_holds(tmp_path: Path) -> None:
    write_directory(tmp_path, [i.to_bytes(3) for i in range(65_536 + 300)])
    assert check(tmp_path) == 65_836


def flipped(directory: Path, name: str, bits: Iterable[int]) -> set[Fault | None]:
    """The faults found when each of these bits of a file is flipped, one at a time."""
    path, found = directory / name, set[Fault | None]()
    content = path.read_bytes()
    for bit in bits:
        path.write_bytes(content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :])
        fault = fault_of(directory)
        found.add(fault[0] if fault else None)
    path.write_bytes(content)
    return found


SMALL = {
    "checkpoint": {Fault.MALFORMED, Fault.SIGNATURE},
    "vkey": {Fault.MALFORMED},
    "tile/0/000.p/2": {Fault.ENTRY},
    "tile/entries/000.p/2": {Fault.MALFORMED, Fault.MISSING, Fault.ENTRY},
}


@pytest.mark.parametrize("name", SMALL)
def test_flipping_any_single_bit_of_a_small_log_is_refused_in_its_class(tmp_path: Path, name: str) -> None:
    write_directory(tmp_path, ENTRIES[:2])
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(SMALL)
    assert flipped(tmp_path, name, range(8 * (tmp_path / name).stat().st_size)) <= SMALL[name]
    assert check(tmp_path) == 2


LARGE = {
    "tile/0/001": {Fault.ENTRY},
    "tile/1/000.p/2": {Fault.TILE},
    "tile/entries/001": {Fault.MALFORMED, Fault.MISSING, Fault.ENTRY},
    "tile/entries/002.p/88": {Fault.MALFORMED, Fault.MISSING, Fault.ENTRY},
}


@pytest.mark.parametrize("name", LARGE)
def test_flipping_a_bit_anywhere_in_a_larger_log_is_refused(directory: Path, name: str) -> None:
    bits = 8 * (directory / name).stat().st_size
    assert flipped(directory, name, range(0, bits, bits // 61)) <= LARGE[name]


def test_the_first_bad_entry_is_named(directory: Path) -> None:
    bundle = directory / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b'"e-300"', b'"e-301"').replace(b'"e-400"', b'"e-401"'))
    assert fault_of(directory) == (Fault.ENTRY, "entry 300 is not the one that was logged")


def test_an_entry_edited_together_with_its_tiles_is_refused_by_the_root(directory: Path) -> None:
    signed = (directory / "checkpoint").read_bytes()
    write_directory(directory, [*ENTRIES[:300], b"another", *ENTRIES[301:]])
    (directory / "checkpoint").write_bytes(signed)
    assert fault_of(directory) == (Fault.ROOT, "the 600 entries do not hash to the signed root")


def test_swapped_entries_are_refused(directory: Path) -> None:
    signed = (directory / "checkpoint").read_bytes()
    write_directory(directory, [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]])
    (directory / "checkpoint").write_bytes(signed)
    assert fault_of(directory) == (Fault.ROOT, "the 600 entries do not hash to the signed root")


def test_a_tail_that_was_cut_off_is_refused(directory: Path) -> None:
    signed = (directory / "checkpoint").read_bytes()
    shutil.rmtree(directory)
    write_directory(directory, ENTRIES[:599])
    (directory / "checkpoint").write_bytes(signed)
    assert fault_of(directory) == (Fault.MISSING, "entry bundle 2 is missing")


@pytest.mark.parametrize("name", ["checkpoint", *LARGE, "tile/entries/000"])
def test_a_file_that_is_missing_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    fault, message = fault_of(directory) or (None, "")
    assert (fault, message.endswith("is missing")) == (Fault.MISSING, True)


@pytest.mark.parametrize("name", LARGE)
def test_a_file_with_something_behind_its_end_is_refused(directory: Path, name: str) -> None:
    with (directory / name).open("ab") as file:
        file.write(b"\0")
    assert (fault_of(directory) or [None])[0] in {Fault.MALFORMED, Fault.TILE}


@pytest.mark.parametrize("signer", [OTHER_KEY, OTHER_LOG])
def test_a_log_signed_by_another_key_or_name_is_refused(directory: Path, signer: Signer) -> None:
    assert (fault_of(directory, signer.vkey) or [None])[0] is Fault.SIGNATURE


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_are_read_as_they_are_written(bodies: list[bytes]) -> None:
    encoded = b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
    assert list(entries(encoded)) == bodies
    for end in range(max(0, len(encoded) - 3), len(encoded)):
        assert fault_in_bundle(encoded[:end]) or list(entries(encoded[:end])) == bodies[:-1]


def fault_in_bundle(encoded: bytes) -> bool:
    try:
        list(entries(encoded))
    except Refused as refused:
        return refused.fault is Fault.MALFORMED
    return False


@given(st.integers(0, 10**9), st.integers(1, 256))
def test_writer_and_verifier_name_tiles_alike(number: int, width: int) -> None:
    assert tile_name(number, width) == tile_path(number, width)


def test_tiles_are_named_as_specified() -> None:
    assert tile_path(1_234_067) == "x001/x234/067"
    assert tile_path(0, 5) == "000.p/5"
    assert (tile_path(999), tile_path(1000, 255)) == ("999", "x001/000.p/255")


def test_what_is_no_text_is_malformed(directory: Path) -> None:
    (directory / "checkpoint").write_bytes(b"\xff")
    assert fault_of(directory) == (Fault.MALFORMED, "the checkpoint is not UTF-8")


def test_search_columns_are_derived_again(tmp_path: Path) -> None:
    names = ("id", "at", "kind", "outcome", "request", "subject", "agency", "actor", "purpose")
    documents = [{name: f"{name} {i}" for name in names} for i in range(1)]
    write_directory(tmp_path, [json.dumps(document).encode() for document in documents])
    columns = "".join(json.dumps(list(document.values()), separators=(",", ":")) + "\n" for document in documents)
    (tmp_path / "columns/000.p").mkdir(parents=True)
    (tmp_path / "columns/000.p/1").write_bytes(columns.encode())
    assert check(tmp_path) == 1
    assert flipped(tmp_path, "columns/000.p/1", range(8 * len(columns))) == {Fault.COLUMNS}
    (tmp_path / "columns/000.p/1").write_bytes(2 * columns.encode())
    assert fault_of(tmp_path) == (Fault.COLUMNS, "columns 0 hold more than their entries")


def test_columns_for_entries_that_have_none_are_refused(directory: Path) -> None:
    (directory / "columns").mkdir()
    assert fault_of(directory) == (Fault.MISSING, "columns 0 is missing")
    for name in ("000", "001"):
        (directory / "columns" / name).write_bytes(b"null\n" * 256)
    assert fault_of(directory) == (Fault.COLUMNS, "the search columns of entry 0 are not its own")
