"""One zip file with everything that is handed over, the same bytes every time, and checked whenever it is read."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping

from pydantic import Field

from workbench.domain.instructions import digest
from workbench.domain.releases import Card, Status, file_stem
from workbench.domain.values import Value
from workbench.errors import DigestMismatch, InvalidFile, WorkbenchError
from workbench.exporters import anthropic, card_json, markdown, openai, registry
from workbench.exporters.carried import provenance

README = "README.txt"
SUMS = "SHA256SUMS"

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say: a bundle has no clock
_READERS: Mapping[str, Callable[[bytes], str]] = {
    markdown.SUFFIX: markdown.read,
    card_json.SUFFIX: card_json.read,
    openai.RESPONSES_SUFFIX: openai.read_responses,
    openai.CHAT_SUFFIX: openai.read_chat,
    anthropic.SUFFIX: anthropic.read,
}


class Bundle(Value):
    """Files by name, and the zip that holds exactly them."""

    name: str
    """The name for the zip file, `reflective-support-1.1.0-draft.zip`."""
    files: Mapping[str, bytes] = Field(repr=False)
    data: bytes = Field(repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the zip."""
        return digest(self.data)


def build(card: Card, names: Iterable[str]) -> Bundle:
    """The files of the named exporters with README.txt and SHA256SUMS; equal cards and names give equal bytes.

    Raises:
        NotFound: there is no exporter of that name.
        UnsafeForFormat: a format cannot carry the text unchanged; then there is no bundle.
    """
    files = {README: _readme(card)}
    for name in sorted(set(names)):
        for file, data in registry.find(name).files(card).items():
            if file in {*files, SUMS} or not _FILE_NAME.fullmatch(file):
                raise WorkbenchError(f"The format {name} gives a file {file!r}, which a bundle cannot hold.")
            files[file] = data
    files[SUMS] = _sums(files)
    return Bundle(name=f"{file_stem(card)}.zip", files=files, data=_pack(files))


def read(data: bytes) -> Bundle:
    """Read a bundle and check all of it: the zip, every digest, the status, and the text inside each known format.

    Raises:
        InvalidFile: it is not a bundle, or not as it was built.
        DigestMismatch: a file or the text in it does not have the digest that the bundle names.
    """
    files = _unpack(data)
    if _pack(files) != data:
        raise InvalidFile("This zip is not as the workbench built it. It was left as it is and will not be used.")
    _check_sums(files)
    facts = _facts(files[README])
    _check_texts(files, facts["text_sha256"])
    return Bundle(name=f"{facts['bundle']}.zip", files=files, data=data)


def _readme(card: Card) -> bytes:
    facts = {"bundle": file_stem(card), **provenance(card)}
    lines = [
        card.status.value,
        "",
        *(f"{key}: {value}" for key, value in facts.items()),
        "",
        f"Check the files: sha256sum -c {SUMS}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _facts(readme: bytes) -> dict[str, str]:
    try:
        status, _, *lines = readme.decode().split("\n")
        facts = dict(line.split(": ", 1) for line in lines[: lines.index("")])
        Status(status)
        if facts["status"] != status or not _FILE_NAME.fullmatch(facts["bundle"]):
            raise ValueError
        return {key: facts[key] for key in ("bundle", "text_sha256")}
    except (ValueError, KeyError) as error:
        raise InvalidFile(f"{README} of this bundle does not say what the bundle is. It will not be used.") from error


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{digest(files[name])}  {name}\n" for name in sorted(files) if name != SUMS).encode()


def _check_sums(files: Mapping[str, bytes]) -> None:
    if not {README, SUMS} <= files.keys():
        raise InvalidFile(f"This zip is not a bundle: {README} or {SUMS} is missing. It will not be used.")
    if _sums(files) == files[SUMS]:
        return
    named = {name: sha for sha, name in _SUM.findall(files[SUMS].decode(errors="replace"))}
    wrong = sorted(n for n in (files.keys() - {SUMS}) | named.keys() if named.get(n) != digest(files.get(n, b"")))
    raise DigestMismatch(
        f"This bundle was changed after it was built: {', '.join(wrong) or SUMS}. It was left as it is and will not "
        "be used. Export the version again."
    )


def _check_texts(files: Mapping[str, bytes], text_sha256: str) -> None:
    for name, data in files.items():
        reader = next((r for suffix, r in _READERS.items() if name.endswith(suffix)), None)
        if reader and not _carries(reader, data, text_sha256):
            raise DigestMismatch(f"The text in {name} is not the one that {README} names. The bundle will not be used.")


def _carries(reader: Callable[[bytes], str], data: bytes, text_sha256: str) -> bool:
    try:
        text = reader(data)
    except (ValueError, KeyError, TypeError):
        return False
    # A block of Markdown always ends its text with a line break.
    return text_sha256 in (digest(text), digest(text.removesuffix("\n")))


def _pack(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # stored: the bytes of zlib vary by its version
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _unpack(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # Only what is stored as it is, and no more than the zip is long: a small zip cannot unfold into a huge one.
            stored = [e for e in archive.infolist() if e.compress_type == zipfile.ZIP_STORED and not e.flag_bits & 1]
            if sum(entry.file_size for entry in stored) > len(data):
                raise zipfile.BadZipFile
            return {entry.filename: archive.read(entry) for entry in stored}
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError) as error:
        raise InvalidFile("This is not a zip file, or it is damaged. It was left as it is.") from error
