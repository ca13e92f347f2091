"""The program's own source, as the house rules read it."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ("catalog", "checkout")
PROGRAM = (*DOMAIN, "storefront")


@lru_cache
def modules(*packages: str) -> tuple[tuple[str, ast.Module], ...]:
    """(path from the root, syntax tree) of every module of these packages; of the whole program without any."""
    paths = [path for package in packages or PROGRAM for path in sorted((ROOT / package).rglob("*.py"))]
    if not packages:
        paths += [ROOT / "config.py", ROOT / "wsgi.py"]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of everything imported anywhere in a tree; ``from a import b`` is ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every def, also in classes and other defs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """(what is called, as written, the call), innermost last."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
