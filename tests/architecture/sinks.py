"""Finds where text leaves the program, and what is handed over there.

Everything shown may be data: a company's name, a page, an error of somebody's. So a
sink is handed literals, or what one of the makers of safe text has made.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What prints, or becomes what is printed. By the last part of the name that is called.
SINKS: Final = frozenset(
    {
        "print", "echo", "secho",  # consoles, and Typer's
        "Text", "assemble", "from_markup", "from_ansi",  # Rich's pieces
        "Markdown", "Panel", "Syntax", "Tree", "Rule",  # Rich's renderables that parse or frame
        "Content", "Static", "Label", "Button", "notify", "update", "add_row", "update_cell",
    }
)  # fmt: skip
WRITES: Final = frozenset({"stdout", "stderr"})  # whose `write` is a sink, too
ONLY_IN_TUI: Final = frozenset({"update", "notify", "add_row", "update_cell", "Label", "Button"})
TITLES: Final = frozenset({"border_title", "border_subtitle", "title", "sub_title", "placeholder"})

# What makes text safe, or is made of nothing else.
MAKERS: Final = frozenset(
    {"words", "safe_line", "safe_text", "json_text", "dumps", "Text", "Content"}
)
SAME_IF_SAFE: Final = frozenset({"ljust", "rjust", "center", "join", "strip", "rstrip"})


@dataclass(frozen=True)
class Leak:
    """A call that hands over what may be data, as it stands in the source."""

    place: str
    function: str
    call: str


def leaks(source: Path, root: Path, painters: frozenset[str]) -> Iterator[Leak]:
    """The calls in a file that nothing vouches for. ``painters`` return finished text."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    in_tui = "tui" in source.relative_to(root).parts
    for function, call in _calls(tree, "module"):
        handed = [*call.args, *(k.value for k in call.keywords if k.arg in {"title", "content"})]
        texts = handed[:1] if _name(call.func) in {"Text", "write", "print", "echo"} else handed
        if _is_sink(call, in_tui) and not all(_is_safe(one, painters) for one in texts):
            yield Leak(str(source.relative_to(root)), function, ast.unparse(call))
    if in_tui:
        yield from _titles(tree, source, root, painters)


def _titles(tree: ast.AST, source: Path, root: Path, painters: frozenset[str]) -> Iterator[Leak]:
    """What a widget is called is parsed as markup, too, and set by assignment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and not _is_safe(node.value, painters):
            named = [t.attr for t in node.targets if isinstance(t, ast.Attribute)]
            if TITLES.intersection(named):
                yield Leak(str(source.relative_to(root)), "title", ast.unparse(node))


def painters_of(source: Path) -> set[str]:
    """The functions of a file that return Rich's `Text`, or lines of it."""
    functions = (
        node
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    return {f.name for f in functions if f.returns and ast.unparse(f.returns) in {"Text", "Lines"}}


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        within = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call):
            yield within, child
        yield from _calls(child, within)


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)


def _is_sink(call: ast.Call, in_tui: bool) -> bool:
    name = _name(call.func)
    if name == "write" and isinstance(call.func, ast.Attribute):
        return _name(call.func.value) in WRITES
    return name in SINKS and (in_tui or name not in ONLY_IN_TUI)


def _is_safe(given: ast.expr, painters: frozenset[str]) -> bool:
    def safe(one: ast.expr) -> bool:
        return _is_safe(one, painters)

    match given:
        case ast.Constant():
            return True
        case ast.IfExp(body=body, orelse=other):
            return safe(body) and safe(other)
        case ast.BinOp(left=left, op=ast.Mult()):
            return safe(left)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return safe(left) and safe(right)
        case ast.JoinedStr(values=values):
            inner = [v.value if isinstance(v, ast.FormattedValue) else v for v in values]
            return all(map(safe, inner))
        case ast.Tuple(elts=[text, ast.Constant()]):  # a text and its style
            return safe(text)
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=args) if (
            name in SAME_IF_SAFE
        ):
            return safe(value) and all(map(safe, args))
        case ast.Call(func=func):
            return _name(func) in MAKERS | painters
        case _:
            return False
