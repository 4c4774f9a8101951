"""Rich results of notebook calls: HTML where it can be shown, plain text everywhere, and a table on request."""

import html
from typing import TYPE_CHECKING, Self

from workbench.domain.changes import Change, ClauseChange
from workbench.domain.instructions import digest
from workbench.domain.versions import Number
from workbench.services.results import Result, results
from workbench.services.workbench import Workbench

if TYPE_CHECKING:
    import pandas as pd

_CELL = "border:1px solid #999;padding:.6em;vertical-align:top;text-align:left;white-space:pre-wrap"


class Talk:
    """A conversation with its answers so far."""

    def __init__(self, workbench: Workbench, comparison_id: str) -> None:
        self._workbench = workbench
        self.id = comparison_id
        self.answers: tuple[Result, ...] = ()

    def say(self, text: str) -> Self:
        """Send one more message to every column and wait for the answers."""
        self._workbench.conversing.say(self.id, text)
        self.answers = results(self._workbench.conversing.wait(self.id))
        return self

    def to_frame(self) -> "pd.DataFrame":
        """One row for each answer."""
        import pandas as pd

        return pd.DataFrame([{**r.model_dump(exclude={"usage"}), **r.usage.model_dump()} for r in self.answers])

    def __repr__(self) -> str:
        return "\n".join(line for result in self.answers for line in result.lines())

    def _repr_html_(self) -> str:
        heads = "".join(f'<th style="{_CELL}">{html.escape(f"{r.arm} · {r.outcome}")}</th>' for r in self.answers)
        cells = "".join(f'<td style="{_CELL}">{html.escape(r.text or r.detail)}</td>' for r in self.answers)
        return f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"


class Difference:
    """What changed between two versions or drafts."""

    def __init__(self, before: str, after: str, changes: tuple[ClauseChange, ...]) -> None:
        self.before, self.after, self.changes = before, after, changes

    def to_frame(self) -> "pd.DataFrame":
        """One row for each changed clause."""
        import pandas as pd

        rows = [{"clause": c.clause_id, "section": c.section.value, "kind": c.kind} for c in self.changes]
        return pd.DataFrame(rows, columns=["clause", "section", "kind"])

    def __repr__(self) -> str:
        signs = {Change.SAME: "{}", Change.ADDED: "[+{}+]", Change.REMOVED: "[-{}-]"}
        lines = [
            f"{c.clause_id} ({c.kind}) " + "".join(signs[p.change].format(p.text) for p in c.pieces)
            for c in self.changes
        ]
        return "\n".join([f"{self.before} -> {self.after}", *lines])

    def _repr_html_(self) -> str:
        tags = {Change.SAME: "span", Change.ADDED: "ins", Change.REMOVED: "del"}
        rows = [
            f"<p><b>{c.clause_id}</b> ({c.kind})<br>"
            + "".join(f"<{tags[p.change]}>{html.escape(p.text)}</{tags[p.change]}>" for p in c.pieces)
            for c in self.changes
        ]
        return "".join(rows) or "<p>No difference.</p>"


class DraftView:
    """A draft in a notebook."""

    def __init__(self, workbench: Workbench, draft_id: str) -> None:
        self._workbench = workbench
        self.id = draft_id
        self.ref = f"draft:{draft_id}"

    def edit(self, clause_id: str, text: str) -> Self:
        """Reword a clause. Raises NotFound, InvalidInstructions."""
        authoring = self._workbench.authoring
        now = authoring.draft(self.id).content.clause(clause_id).text
        authoring.edit_clause(self.id, clause_id, text, base=digest(now))
        return self

    def save(self, reason: str, number: str = "") -> str:
        """Save as a version; gives its name, `slug@1.1.0`. Raises InvalidInstructions, VersionExists."""
        chosen = Number.parse(number) if number else None
        return self._workbench.authoring.save_version(self.id, reason, chosen).ref

    def __repr__(self) -> str:
        draft = self._workbench.authoring.draft(self.id)
        return f"Draft of {draft.slug} from {draft.base or 'nothing'}, {len(list(draft.content.clauses()))} clauses"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"
