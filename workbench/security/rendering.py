"""Model and user text made safe for Streamlit's Markdown.

Text is not filtered, it is written anew: the source is parsed, and only paragraphs, emphasis, lists, quotes, code and
tables are emitted again, with every other character of meaning encoded. What the browser's parser makes of hostile
text therefore does not depend on its agreeing with ours. Two things are undone after parsing in the browser (web
addresses become links, `:shortcodes:` become pictures), so encoding does not stop them: these are shown as code.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

MAX_FORMATTED = 100_000
"""Characters; longer text is shown without formatting, so that no text can keep the parser busy."""
MAX_NESTING = 30
LABEL_LENGTH = 80
MAX_LIST_NUMBER = 100_000_000  # Markdown reads at most nine digits as the number of a list

_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
_PARSER.enable(["table", "strikethrough"]).disable("autolink")

# Characters nobody sees that reorder or hide what is read: bidirectional overrides, tags, invisible operators.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")

_IN_ADDRESS = r"[^\s`|\\<>\"'{}$]"
_ADDRESS = rf"(?:{_IN_ADDRESS}*(?![.,;:!?)\]]){_IN_ADDRESS})?"  # the full stop behind it is not its own
_SHOWN_AS_CODE = re.compile(
    rf"[a-z][a-z0-9+.-]{{0,30}}://{_ADDRESS}|www\.{_ADDRESS}"
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|:(?!\d\d?:)[\w+-]+:",  # :shortcode: and :material_icon:, not 10:30:00
    re.IGNORECASE,
)
_ENCODED = re.compile(
    r"[&<>\[\]{}\\`*_~$|^#]"
    r"|:(?![\s\d]|\Z)"  # directives
    r"|(?<!\w)[-+=]|[-+=](?!\w)"  # bullets, rules, underlined headings
)
_NUMBERED = re.compile(r"\A(\s*\d{1,9})([.)])")
_MARKS = {"strong": "**", "em": "*", "s": "~~"}


def safe_md(text: str) -> str:
    """Markdown for `st.markdown` that shows the text and can fetch nothing, link nowhere and style nothing.

    Kept: paragraphs, bold, italics, strikethrough, lists, quotes, code, tables, rules. Headings become bold lines,
    links their words and their address as code, images their description and address. Dropped: reference
    definitions and invisible control characters.
    """
    text = _visible(text, keep="\n\t")
    if len(text) > MAX_FORMATTED:
        return _unformatted(text)
    tokens = _PARSER.parse(text)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return _unformatted(text)  # the parser drops what is nested deeper; nothing may be lost
    return "\n".join(_blocks(SyntaxTreeNode(tokens).children))


def plain_label(text: str, length: int = LABEL_LENGTH) -> str:
    """The text as the label of a button, tab, expander, checkbox or metric: one line in which nothing means anything.

    At most `length` characters before encoding. For places that read no Markdown use `one_line`.
    """
    return _escaped(one_line(text, length))


def one_line(text: str, length: int = LABEL_LENGTH) -> str:
    """The text on one line of at most `length` characters, for places that show text as it is.

    Those are the options of a selectbox, page titles, placeholders and table cells.
    """
    line = _SPACE.sub(" ", _visible(text, keep="\n\t")).strip()
    if len(line) <= length:
        return line
    end = length - 1
    while end and (_belongs_to_the_one_before(line[end]) or line[end - 1] in "\u200d "):
        end -= 1
    return line[:end] + "…"


def _belongs_to_the_one_before(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or character == "\u200d"


def _visible(text: str, keep: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SURROGATES.sub("\ufffd", text)  # half a character cannot be sent to a browser
    return _HIDDEN.sub(lambda found: found[0] if found[0] in keep else "", text)


def _unformatted(text: str) -> str:
    paragraphs = ([line for line in part.split("\n") if line.strip()] for part in re.split(r"\n\s*\n", text))
    return "\n\n".join("\\\n".join(_escaped(line).strip() for line in lines) for lines in paragraphs if lines)


# -- blocks: each gives its lines, without the prefixes of what it stands in


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> list[str]:
    lines: list[str] = []
    before: SyntaxTreeNode | None = None
    for node in nodes:
        block = _block(node)
        if not block:
            continue
        if before is not None and not _may_touch(before, node):
            lines.append("")
        lines += block
        before = node
    return lines


def _may_touch(before: SyntaxTreeNode, after: SyntaxTreeNode) -> bool:
    """Whether `after` is still a block of its own when it follows without an empty line, as in a tight list."""
    follows = after.type == "bullet_list" or (after.type == "ordered_list" and after.attrs.get("start", 1) == 1)
    return before.type == "paragraph" and before.hidden and follows


def _block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "heading":
            return _paragraph(node, strong=True)
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return [f"> {line}".rstrip() for line in _blocks(node.children)]
        case "fence" | "code_block":
            return _fenced(node.info, node.content)
        case "table":
            return _table(node)
        case "hr":
            return ["***"]
        case _:
            return _paragraph(node)


def _paragraph(node: SyntaxTreeNode, strong: bool = False) -> list[str]:
    text = _inline(node, frozenset({"strong"}) if strong else frozenset()).strip()
    if not text:
        return []
    lines = "\n".join(line.strip(" ") for line in text.split("\n"))
    return (f"**{lines}**" if strong else lines).split("\n")


def _list(node: SyntaxTreeNode) -> list[str]:
    number = min(int(node.attrs.get("start", 1)), MAX_LIST_NUMBER)
    tight = _is_tight(node)
    lines: list[str] = []
    for position, item in enumerate(node.children):
        marker = f"{number + position}. " if node.type == "ordered_list" else "- "
        content = _blocks(item.children) or ["&nbsp;"]
        lines += [] if tight or not lines else [""]
        lines.append(marker + content[0])
        lines += [(" " * len(marker) + line).rstrip() for line in content[1:]]
    return lines


def _is_tight(node: SyntaxTreeNode) -> bool:
    paragraphs = [block for item in node.children for block in item.children if block.type == "paragraph"]
    return all(block.hidden for block in paragraphs)


def _fenced(language: str, content: str) -> list[str]:
    # The language is left out ("mermaid" would be drawn), unless it is text that somebody put there.
    content = content.removesuffix("\n") if re.fullmatch(r"\s*[\w+#.-]*\s*", language) else f"{language}\n{content}"
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *content.split("\n"), fence]


def _table(node: SyntaxTreeNode) -> list[str]:
    rows = [row for part in node.children for row in part.children]
    lines = [
        "| " + " | ".join(_inline(cell, frozenset(), in_table=True) for cell in row.children) + " |" for row in rows
    ]
    return [lines[0], "|" + " --- |" * len(rows[0].children), *lines[1:]]


# -- inline: flattened to atoms first, so that text split by a link or an entity is looked at as one


@dataclass(frozen=True)
class _Atom:
    kind: str  # text, code, mark or break
    value: str


def _inline(node: SyntaxTreeNode, active: frozenset[str], in_table: bool = False) -> str:
    out = ""
    for atom in _merged(_atoms(node.children, active)):
        if atom.kind == "text":
            piece = _escaped(atom.value)
        elif atom.kind == "code":
            piece = _escaped(atom.value) if in_table and re.search(r"[|\\]", atom.value) else _code(atom.value)
        else:
            piece = " " if in_table and atom.kind == "break" else atom.value
        out = _joined(out, piece)
    return out


def _atoms(nodes: Iterable[SyntaxTreeNode], active: frozenset[str]) -> Iterable[_Atom]:
    for node in nodes:
        match node.type:
            case "inline":
                yield from _atoms(node.children, active)
            case "strong" | "em" | "s":
                yield from _marked(node, active)
            case "code_inline":
                yield _Atom("code", _SPACE.sub(" ", node.content))
            case "link":
                yield from _atoms(node.children, active)
                yield from _address(node.attrs.get("href"))
            case "image":
                yield _Atom("text", f"(image not shown: {node.content}")
                yield from _address(node.attrs.get("src"))
                yield _Atom("text", ")")
            case "softbreak":
                yield _Atom("break", "\n")
            case "hardbreak":
                yield _Atom("break", "\\\n")
            case _:
                yield _Atom("text", node.content)


def _marked(node: SyntaxTreeNode, active: frozenset[str]) -> Iterable[_Atom]:
    inner = list(_atoms(node.children, active | {node.type}))
    # A mark within its like, or around nothing, would read as another mark.
    if node.type in active or not any(atom.value.strip() for atom in inner):
        yield from inner
        return
    yield _Atom("mark", _MARKS[node.type])
    yield from inner
    yield _Atom("mark", _MARKS[node.type])


def _address(href: object) -> Iterable[_Atom]:
    if href:
        yield from (_Atom("text", " ("), _Atom("code", str(href)), _Atom("text", ")"))


def _merged(atoms: Iterable[_Atom]) -> list[_Atom]:
    merged: list[_Atom] = []
    for atom in atoms:
        if merged and atom.kind == merged[-1].kind == "text":
            merged[-1] = _Atom("text", merged[-1].value + atom.value)
        else:
            merged.append(atom)
    return merged


def _escaped(text: str) -> str:
    text = _SPACE.sub(" ", _visible(text, keep=" "))  # entities such as &#10; are decoded by now
    out, end = "", 0
    for found in _SHOWN_AS_CODE.finditer(text):
        out = _joined(out, _encoded(text[end : found.start()]))
        out = _joined(out, _code(found[0]))
        end = found.end()
    return _joined(out, _encoded(text[end:]))


def _encoded(text: str) -> str:
    text = _ENCODED.sub(lambda found: f"&#{ord(found[0])};", text)
    return _NUMBERED.sub(lambda found: f"{found[1]}&#{ord(found[2])};", text)


def _code(content: str) -> str:
    """A code span; always between single backticks, so that no two spans can be read as one."""
    if "`" in content:
        return _escaped(content)
    return f"`{content}`" if content else ""


def _joined(left: str, right: str) -> str:
    return f"{left} {right}" if left.endswith("`") and right.startswith("`") else left + right
