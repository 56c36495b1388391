"""No data reaches a screen as a plain `str`: it may be anybody's, and a terminal obeys it."""

from pathlib import Path

import pytest

from tests.architecture.sinks import leaks, painters_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for room in ("plinthctl/cli", "plinthctl/render", "tui", "worker")
    for path in (ROOT / room).rglob("*.py")
)
PAINTERS = frozenset(
    name for path in SOURCES if {"render", "tui"} & {*path.parts} for name in painters_of(path)
)

# Whoever adds to it says why what is handed over there cannot be data.
VOUCHED_FOR = {
    ("plinthctl/cli/registry.py", "show_help"): "help is our own text, which Typer has styled",
    ("plinthctl/cli/app.py", "_tell"): "an error: made safe part by part, then one word coloured",
    ("tui/tracker.py", "_say"): "a template of ours: what is told was made safe, an id is letters",
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_printed_is_literal_or_was_made_safe(source: Path) -> None:
    found = [
        leak
        for leak in leaks(source, ROOT, PAINTERS)
        if (leak.place, leak.function) not in VOUCHED_FOR
    ]
    assert found == [], "make it with words() or safe_line(), or say why it cannot be data"


def test_nobody_is_vouched_for_in_vain() -> None:
    needed = {(k.place, k.function) for path in SOURCES for k in leaks(path, ROOT, PAINTERS)}
    assert needed == set(VOUCHED_FOR)


@pytest.mark.parametrize(
    ("line", "leaking"),
    [
        pytest.param("console.print('all is well')", 0, id="a literal"),
        pytest.param("console.print(name)", 1, id="a name"),
        pytest.param("console.print(f'hello {name}')", 1, id="a name in a literal"),
        pytest.param("print(name)", 1, id="Python's own"),
        pytest.param("typer.echo(job.error)", 1, id="Typer's"),
        pytest.param("sys.stdout.write(name + '\\n')", 1, id="a stream"),
        pytest.param("sys.stderr.write(safe_line(name) + '\\n')", 0, id="a stream, made safe"),
        pytest.param("file.write(name)", 0, id="a file of somebody's"),
        pytest.param("Text(name, 'bold')", 1, id="Rich's text of a name"),
        pytest.param("Text('name', style)", 0, id="of a literal, in any style"),
        pytest.param("Text(' ' * room)", 0, id="spaces"),
        pytest.param("Text('a' if yes else name)", 1, id="one of two"),
        pytest.param("Text.from_markup('[b]x[/]' + name)", 1, id="markup of data"),
        pytest.param("Text.assemble(('a', 'bold'), (name, 'dim'))", 1, id="a piece of several"),
        pytest.param("console.print(words(name))", 0, id="what words made"),
        pytest.param("console.print(phase_text(job.phase))", 0, id="what a painter made"),
        pytest.param("Markdown(brief)", 1, id="what is parsed"),
        pytest.param("update(name)", 0, id="a dict is updated everywhere"),
    ],
)
def test_the_lint_sees(tmp_path: Path, line: str, leaking: int) -> None:
    source = tmp_path / "command.py"
    source.write_text(f"def f():\n    {line}\n")
    assert len(list(leaks(source, tmp_path, frozenset({"phase_text"})))) == leaking


@pytest.mark.parametrize(
    ("line", "leaking"),
    [
        pytest.param("self.notify(job.error)", 1, id="a toast"),
        pytest.param("table.add_row(job.id, words(job.org))", 1, id="a cell"),
        pytest.param("static.update(words(job.error))", 0, id="a widget, made safe"),
        pytest.param("Static(job.error, markup=False)", 1, id="a widget that parses nothing"),
        pytest.param("Static(Content(safe_line(job.error)))", 0, id="content, made safe"),
        pytest.param("Content(job.error)", 1, id="content"),
        pytest.param("panel.border_title = job.type", 1, id="a title"),
        pytest.param("panel.border_title = Content(safe_line(job.type))", 0, id="a safe title"),
        pytest.param("self.jobs = jobs", 0, id="what is no title"),
    ],
)
def test_the_lint_sees_widgets(tmp_path: Path, line: str, leaking: int) -> None:
    (tmp_path / "tui").mkdir()
    source = tmp_path / "tui" / "app.py"
    source.write_text(f"def f():\n    {line}\n")
    assert len(list(leaks(source, tmp_path, frozenset()))) == leaking
