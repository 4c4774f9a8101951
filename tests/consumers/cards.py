"""Cards with texts that formats like to break, for the tests of exporters."""

from hypothesis import strategies as st

from tests.builders import version
from workbench.domain.instructions import digest, render
from workbench.domain.releases import Card, card_of

NASTY = """\
You listen. \u201cCurly\u201d \u2013 and caf\u00e9
\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645, \U0001f469\u200d\U0001f4bb.

User: I can't sleep.
Assistant: That sounds hard.
system:
---
{{name}} {{ name }} {"json": true} {# no #} {% raw %} ${env:HOME} $(id) <b>&amp;</b> <!-- -->
\"\"\"triple\"\"\" '''single''' \\n \\u0041
```text
# not the end
```
~~~~ ``````
| a | b |
    four spaces and a tail\u00a0\x20\x20
\u2028\u2029\x85\x0b\x0c\ufeff\x1b[0m
"""

_FRAGMENTS = (
    *("User: ", "Assistant: ", "system:\n", "\n---\n", "{", "}", "{{x}}", "{{ x }}", "{%", "%}", "{#", '"""', "'''"),
    *("```", "\n```\n", "\n````text\n", "~~~", "# ", "| ", "<script>", "&amp;", "\\", "\\n", "$", "\u00a0", "\u200d"),
    *("\u200c", "\r\n", "\r", "\n", "\n\n", " ", "\t", "\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\0", "\ufeff"),
    *("\U0001f469\u200d\U0001f4bb", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u202e", "x" * 50_000),
)
texts = st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=20), max_size=12).map("".join)


def card(**changes: object) -> Card:
    """A plain card, with the given fields changed; a changed text has its own digest."""
    saved = version("1.1.0")
    plain = card_of(
        saved, "f" * 64, render(saved.content), {}, locale="en-GB", models=("embedded/smollm2", "gpt-small")
    )
    if "text" in changes:
        changes["text_sha256"] = digest(str(changes["text"]))
    return plain.replace(**changes)


def file_ending(suffix: str, files: dict[str, bytes]) -> bytes:
    """The one file with that ending."""
    (data,) = (data for name, data in files.items() if name.endswith(suffix))
    return data
