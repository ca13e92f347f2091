"""What the documents say about the code is so."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
from click import Context, Group
from flask import Flask

from catalog.text import slugify
from config import Settings

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shown(default: object) -> str:
    """A default as the table prints it."""
    if isinstance(default, bool):
        return f"`{int(default)}`"
    return f"`{default}`" if str(default) else "empty"


def section(document: Path, heading: str) -> str:
    """The text under one heading of the second level."""
    return re.split(r"^## ", document.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1], flags=re.M)[0]


def rows(text: str) -> list[str]:
    """The lines of the tables in a text, headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {i for i, line in enumerate(lines) if set(line) <= set("|- ")}
    return [line for i, line in enumerate(lines) if i not in heads and i + 1 not in heads]


def test_the_readme_lists_every_setting_with_its_default() -> None:
    expected = [
        f"| `{spec.metadata['variable']}` | {spec.metadata['meaning']} | {shown(spec.default)} |"
        for spec in fields(Settings)
    ]
    assert rows(section(README, "Configuration")) == expected


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))
    named = set(re.findall(r"(?:^|`|\d )make ([a-z-]+)", README.read_text(encoding="utf-8"), flags=re.M))
    assert named == {"run", "test", "help", "check", "bench", "bench-stock", "lock"}
    assert named <= targets


def test_every_command_of_the_documents_exists(app: Flask) -> None:
    texts = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    named = re.findall(r"flask --app wsgi ([a-z-]+)(?: ([a-z]+))?", texts)
    assert ("migrate", "") in named
    context = Context(app.cli)
    for word, further in named:
        command = app.cli.commands.get(word)
        assert command is not None, word
        if isinstance(command, Group):
            assert command.get_command(context, further) is not None, f"{word} {further}"


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_titled_as_a_sentence_and_gives_its_reasons(path: Path) -> None:
    heading, *lines = path.read_text(encoding="utf-8").splitlines()
    match = re.fullmatch(r"# (\d+)\. ([A-Z][^.]*\.)", heading)
    assert match, heading
    number, title = match.groups()
    assert len(title.split()) >= 4
    assert path.stem == f"{int(number):04d}-{slugify(title)}"
    assert [line for line in lines if line.startswith("## ")] == ["## Why", "## What follows"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_to_files_of_the_project_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    local = [target.split("#")[0] for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("document", ["architecture.md", "status.md"])
def test_files_and_folders_a_document_names_exist(document: str) -> None:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:catalog|checkout|storefront|templates|static|migrations|tests|tools)/[\w./]*)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    found = rows((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    names = [row.split("|")[3].strip(" `") for row in found]
    assert len(names) >= 60
    for name in names:
        assert _exists(name), name


def _exists(dotted: str) -> bool:
    """Whether this is a module, or something in one."""
    module, _, attribute = dotted.rpartition(".")
    if (ROOT / dotted.replace(".", "/")).is_dir() or (ROOT / f"{dotted.replace('.', '/')}.py").is_file():
        return True
    return hasattr(import_module(module), attribute)
