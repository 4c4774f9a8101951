"""Text to domain values and back, without losing a character.

YAML is read with every scalar as text (pydantic converts), so `no`, `1.0` and dates stay what was written. Aliases,
tags, duplicate keys, deep nesting and large files are refused: nothing a person writes by hand needs them, and each
is a way to say something other than what the file shows.
"""

from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from workbench.domain.values import Value
from workbench.errors import InvalidFile

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_BREAKS_THAT_YAML_FOLDS = "\x85\u2028\u2029"
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_STR_TAG = "tag:yaml.org,2002:str"

V = TypeVar("V", bound=Value)


def read(model: type[V], data: bytes, where: str) -> V:
    """Parse YAML bytes as a value of `model`; `where` names the file in errors.

    Raises:
        InvalidFile: the bytes are not such a value; the message names the line or the field.
    """
    try:
        return model.model_validate(read_plain(data, where))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidFile(f"{where}: {field}: {message}. The file was left as it is; correct it there.") from error


def read_plain(data: bytes, where: str) -> Any:
    """Parse YAML bytes into dicts, lists and texts. Raises InvalidFile."""
    if len(data) > MAX_BYTES:
        raise InvalidFile(f"{where} is larger than {MAX_BYTES // 1000} kB. It was left as it is.")
    try:
        text = data.decode("utf-8")
        _refuse_aliases_and_tags(text, where)
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFile(
            f"{where} cannot be read: {_place(error)}. It was left as it is; correct it there."
        ) from error
    if node is None:
        raise InvalidFile(f"{where} is empty. It was left as it is.")
    return _plain(node, where, 0)


def write(value: Value, header: str = "") -> bytes:
    """YAML for a value: literal blocks for longer text, defaults left out; re-read and compared.

    Raises:
        InvalidFile: the value would not come back as it went in.
    """
    plain = value.model_dump(mode="json", exclude_defaults=True)
    text = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)
    try:
        data = (header + text).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidFile("The text holds half a character that cannot be saved. Nothing was saved.") from error
    if read(type(value), data, "the new file") != value:
        raise InvalidFile("The text would not come back as it was written. Nothing was saved; the draft is kept.")
    return data


def _refuse_aliases_and_tags(text: str, where: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidFile(f"{where}: anchors and aliases (& and *) are not allowed. It was left as it is.")
        if getattr(event, "tag", None) not in (None, _STR_TAG, "!"):
            raise InvalidFile(f"{where}: tags (!) are not allowed. It was left as it is.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InvalidFile(f"{where} is nested more than {MAX_DEPTH} levels deep. It was left as it is.")


def _plain(node: yaml.Node, where: str, depth: int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, depth)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, where, depth + 1) for item in node.value]
    return node.value


def _mapping(node: yaml.MappingNode, where: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise InvalidFile(f"{where}, line {line}: a name is expected before the colon. It was left as it is.")
        if key.value in found:
            raise InvalidFile(f"{where}, line {line}: {key.value} stands here twice. It was left as it is.")
        found[key.value] = _plain(value, where, depth + 1)
    return found


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


class _Dumper(yaml.SafeDumper):
    """Writes text with line breaks as literal blocks, so that a diff in git reads like prose."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if any(c in text for c in _BREAKS_THAT_YAML_FOLDS):
        style = '"'
    elif "\n" in text or len(text) > 100:
        style = "|"
    return dumper.represent_scalar(_STR_TAG, text, style=style)


_Dumper.add_representer(str, _text)
