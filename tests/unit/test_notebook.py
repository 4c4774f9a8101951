"""Results of notebook calls: rich, plain, and as tables; inside a running loop too."""

import asyncio
from pathlib import Path

import pytest

from tests.workspaces import new_workspace, numbered
from workbench.gateway.scripted import ScriptedGateway
from workbench.notebook.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = new_workspace(tmp_path / "workspace")
    return Project.open(folder / "experiments", gateway=lambda _: ScriptedGateway(numbered()))


def test_ten_lines_tell_the_story(project: Project, tmp_path: Path) -> None:
    with project as p:
        draft = p.draft("therapy-mode@1.0.0").edit("TO-01", "Sound <b>warm</b>.")
        talk = p.converse([draft.ref, "therapy-mode"], "embedded/smollm2", "I can't sleep before exams")
        left, right = talk.answers
        p.annotating.mark_words(left.answer, "answer", label="Q1", note="a start")
        p.annotating.prefer(left.answer, right.answer, "left", "shorter")
        ref = draft.save("shorter")
        changed = p.compare("therapy-mode@1.0.0", ref)
        path = p.export(ref, "markdown", to=tmp_path)
        assert repr(changed).startswith("therapy-mode@1.0.0 -> therapy-mode@1.1.0\nTO-01 (reworded)")
        assert "<ins>" in changed._repr_html_()
        assert "<b>warm" not in changed._repr_html_(), "words are never HTML"
        assert list(changed.to_frame()["clause"]) == ["TO-01"]
        assert list(talk.to_frame()["text"]) == ["answer 1", "answer 2"]
        assert "answer 1" in repr(talk)
        assert talk._repr_html_().count("<td") == 2
        assert path.name == "reflective-support-1.1.0-draft.zip"
        assert "therapy-mode@1.1.0: Therapy Mode" in repr(p)


def test_it_works_inside_a_running_loop(project: Project) -> None:
    async def cell() -> str:
        return str(project.converse("", "embedded/smollm2", "hello").answers[0].text)

    with project:
        assert asyncio.run(cell()) == "answer 1"


def test_a_name_stands_on_what_a_person_saves(tmp_path: Path) -> None:
    folder = new_workspace(tmp_path / "workspace")
    with Project.open(folder, as_="Dr A", gateway=lambda _: ScriptedGateway()) as p:
        ref = p.draft("therapy-mode").edit("TO-01", "Sound warm.").save("why")
        assert p.authoring.version(ref).version.saved_by == "Dr A"


def test_the_package_opens_a_project(tmp_path: Path) -> None:
    import workbench as wb

    folder = new_workspace(tmp_path / "workspace")
    with wb.open(folder) as p:
        assert isinstance(p, Project)
    with pytest.raises(wb.WorkbenchError, match="workbench init"):
        wb.open("/")
