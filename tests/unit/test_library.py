import errno
import json
import multiprocessing
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import instructions, version
from workbench.domain.instructions import Clause, InstructionSet, Section
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Version
from workbench.errors import DigestMismatch, InvalidFile, NotFound, StorageFull, VersionExists
from workbench.library import atomic, codec
from workbench.library.files import Library, SetInfo

nasty = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("\n\r\t\x85\u2028\u2029\u00a0\u200d\x00\x07 #:-|>'\"{}[]&*!%@`~?,\ufeff🦊"),
    ),
    min_size=1,
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "instruction_library")
    library.create(SetInfo(slug="calm", title="Calm"))
    return library


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(nasty, nasty)
def test_any_text_comes_back_as_it_was_written(text: str, rationale: str) -> None:
    tone = Section(kind=SectionKind.TONE, clauses=(Clause(id="TO-01", text=text, rationale=rationale),))
    content = InstructionSet(slug="x", public_name="X", sections=(tone,))
    assert codec.read(Version, codec.write(version(content=content)), "x").content == content


def test_equal_content_gives_equal_bytes() -> None:
    assert codec.write(version()) == codec.write(version())


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_value_or_a_clear_error(data: bytes) -> None:
    with pytest.raises(InvalidFile, match="the file"):
        codec.read(Version, data, "the file")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("number: 1.0.0\nnumber: 2.0.0\n", "line 2: number stands here twice"),
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: !!python/object:os.system x\n", "tags"),
        ("a: [1\n", "line 2"),
        ("a: " + "[" * 30 + "]" * 30, "nested more than"),
        ("", "is empty"),
        ("- 1\n", "the file"),
        ("surprise: 1\n", "number"),
    ],
)
def test_a_broken_file_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidFile, match=problem):
        codec.read(Version, text.encode(), "calm/1.0.0.yaml")


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidFile, match="larger than"):
        codec.read(Version, b"a" * 1_000_001, "big.yaml")


def test_a_version_is_written_once_and_read_back(library: Library) -> None:
    stored = library.write(version())
    assert library.load("calm@1.0.0") == stored
    assert library.load("calm").ref == "calm@1.0.0"
    with pytest.raises(VersionExists, match="written once"):
        library.write(version())


def test_the_sidecar_is_what_sha256sum_checks(library: Library) -> None:
    folder = library.write(version()).path.parent
    done = subprocess.run(["sha256sum", "-c", "1.0.0.yaml.sha256"], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "1.0.0.yaml: OK")


def test_a_hand_edited_version_is_found_and_not_used(library: Library) -> None:
    path = library.write(version()).path
    path.write_text(path.read_text().replace("warm", "cold"))
    with pytest.raises(DigestMismatch, match="changed after it was saved"):
        library.load("calm@1.0.0")
    assert [p.path for p in library.verify()] == [path]


def test_verify_tells_missing_halves_and_broken_sets(library: Library) -> None:
    path = library.write(version()).path
    assert library.verify() == ()
    path.unlink()
    assert "version file is gone" in library.verify()[0].sentence
    (path.parent / "set.yaml").write_text("slug: [")
    assert len(library.verify()) == 2
    assert library.sets() == ()


def test_a_renamed_version_does_not_pass_for_another(library: Library) -> None:
    path = library.write(version()).path
    other = path.with_name("2.0.0.yaml")
    path.rename(other)
    sidecar = path.with_name("1.0.0.yaml.sha256")
    sidecar.rename(path.with_name("2.0.0.yaml.sha256"))
    with pytest.raises(InvalidFile, match="not what its name says"):
        library.load("calm@2.0.0")


@pytest.mark.parametrize("ref", ["calm@9.9.9", "nobody", "../secrets", "calm@x"])
def test_what_is_not_there_is_told(library: Library, ref: str) -> None:
    library.write(version())
    with pytest.raises(NotFound):
        library.load(ref)


def test_a_full_disk_leaves_nothing_behind(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StorageFull, match="was not saved"):
        library.write(version())
    monkeypatch.undo()
    assert sorted(p.name for p in (library.folder / "calm").iterdir()) == ["set.yaml"]
    assert library.write(version()).ref == "calm@1.0.0"


def _write(folder: Path, text: str) -> bool:
    try:
        Library(folder).write(version(content=instructions(tone=text)))
    except VersionExists:
        return False
    return True


def test_of_many_writers_of_one_number_exactly_one_wins(library: Library) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        won = pool.starmap(_write, [(library.folder, f"Writer {i}.") for i in range(12)])
    assert won.count(True) == 1
    assert library.verify() == ()


def test_the_shipped_schema_is_the_current_one() -> None:
    path = Path(__file__).parents[2] / "instruction_library" / "_schema" / "version.schema.json"
    assert json.loads(path.read_text()) == Version.model_json_schema()
