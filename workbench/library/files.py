"""The instruction_library folder: versions that are written once and verified each time they are read."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.domain.instructions import Slug, digest
from workbench.domain.values import Value
from workbench.domain.versions import Number, Version, parse_ref
from workbench.errors import DigestMismatch, InvalidFile, NotFound, VersionExists
from workbench.library import codec
from workbench.library.atomic import full_disk_is_told, locked, write_once

SCHEMA_LINE = "# yaml-language-server: $schema=../_schema/version.schema.json\n"


class SetInfo(Value):
    """What a set is called inside the project; end users see `public_name` of a version."""

    slug: Slug
    title: str
    summary: str = ""


@dataclass(frozen=True)
class StoredVersion:
    """A version as it lies on disk; `digest` is the SHA-256 of the file's bytes."""

    version: Version
    digest: str
    path: Path

    @property
    def ref(self) -> str:
        """The internal name, `slug@1.2.0`."""
        return self.version.ref


@dataclass(frozen=True)
class Problem:
    """What `verify` found about one file."""

    path: Path
    sentence: str


class Library:
    """All instruction sets below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sets(self) -> tuple[SetInfo, ...]:
        """Every set that has a readable set.yaml, by slug. A broken one is told by `verify`, and hides no other."""
        return tuple(info for info in map(self._info_or_none, self._set_folders()) if info)

    def info(self, slug: str) -> SetInfo:
        """The set of that slug. Raises NotFound or InvalidFile."""
        path = self._folder(slug) / "set.yaml"
        if not path.is_file():
            raise NotFound(f"There is no instruction set {slug!r} in the library.")
        return codec.read(SetInfo, path.read_bytes(), self._where(path))

    def numbers(self, slug: str) -> tuple[Number, ...]:
        """The saved numbers of a set, oldest first. Raises NotFound."""
        folder = self._folder(slug)
        if not folder.is_dir():
            raise NotFound(f"There is no instruction set {slug!r} in the library.")
        return tuple(sorted(number for path in folder.glob("*.yaml") if (number := _number(path))))

    def load(self, ref: str) -> StoredVersion:
        """The version named `slug@1.2.0`, or the newest of `slug`, after checking its digest.

        Raises:
            NotFound, InvalidFile, DigestMismatch.
        """
        slug, number = parse_ref(ref)
        numbers = self.numbers(slug)
        if not numbers or (number and number not in numbers):
            saved = ", ".join(map(str, numbers)) or "none yet"
            raise NotFound(f"There is no version {ref} in the library. Saved versions of {slug}: {saved}.")
        return self._read(self._folder(slug) / f"{number or numbers[-1]}.yaml")

    def write(self, version: Version) -> StoredVersion:
        """Save a version once, with its digest beside it.

        Raises:
            VersionExists: that number was saved before.
            StorageFull: the disk is full; nothing is left behind.
        """
        data = codec.write(version, header=SCHEMA_LINE)
        folder = self._folder(version.content.slug)
        path = folder / f"{version.number}.yaml"
        with locked(folder):
            if path.exists():
                raise VersionExists(f"{version.ref} was saved before; versions are written once. Your draft is kept.")
            sidecar = _sidecar(path)
            sidecar.unlink(missing_ok=True)  # left by a writer that was killed before its version got its name
            write_once(sidecar, f"{digest(data)}  {path.name}\n".encode())
            write_once(path, data)
        return StoredVersion(version, digest(data), path)

    def create(self, info: SetInfo) -> None:
        """Make a new, empty set. Raises VersionExists when the slug is taken."""
        folder = self._folder(info.slug)
        with full_disk_is_told():
            folder.mkdir(parents=True, exist_ok=True)
        try:
            write_once(folder / "set.yaml", codec.write(info))
        except FileExistsError as error:
            raise VersionExists(f"There is already a set {info.slug!r}. Choose another name.") from error

    def verify(self) -> tuple[Problem, ...]:
        """Every file that is not what it was when it was saved, or cannot be read."""
        problems = []
        for folder in self._set_folders():
            for path in sorted(folder.glob("*.yaml")):
                try:
                    self._read(path) if _number(path) else self.info(folder.name)
                except (InvalidFile, NotFound) as error:
                    problems.append(Problem(path, str(error)))
            missing = [p for p in folder.glob("*.yaml.sha256") if not p.with_suffix("").exists()]
            problems += [Problem(p, f"{self._where(p)}: its version file is gone.") for p in missing]
        return tuple(problems)

    def _read(self, path: Path) -> StoredVersion:
        where, data, sidecar = self._where(path), path.read_bytes(), _sidecar(path)
        if not sidecar.is_file():
            raise DigestMismatch(f"{where} has no digest beside it, so nobody can say whether it was changed.")
        if sidecar.read_text().split()[:1] != [digest(data)]:
            raise DigestMismatch(
                f"{where} was changed after it was saved. It was left as it is and will not be used. "
                "Bring back the saved file, or save the change as a new version."
            )
        version = _parsed(data, where)
        if (version.content.slug, f"{version.number}.yaml") != (path.parent.name, path.name):
            raise InvalidFile(f"{where} holds {version.ref}, which is not what its name says.")
        return StoredVersion(version, digest(data), path)

    def _info_or_none(self, folder: Path) -> SetInfo | None:
        try:
            return self.info(folder.name)
        except (InvalidFile, NotFound):
            return None

    def _set_folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(f for f in self.folder.iterdir() if f.is_dir() and not f.name.startswith(("_", ".")))

    def _folder(self, slug: str) -> Path:
        if not slug or not all(c.isalnum() or c == "-" for c in slug):
            raise NotFound(f"{slug!r} is not the name of an instruction set.")
        return self.folder / slug

    def _where(self, path: Path) -> str:
        return str(path.relative_to(self.folder.parent))


@lru_cache(maxsize=64)
def _parsed(data: bytes, where: str) -> Version:
    """Bytes that were read before: parsing them takes 4 ms, and a page with six columns asks six times a rerun."""
    return codec.read(Version, data, where)


def _number(path: Path) -> Number | None:
    try:
        return Number.parse(path.name.removesuffix(".yaml"))
    except ValueError:
        return None


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
