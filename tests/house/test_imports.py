"""Which way imports go, and what only one place may do."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import DOMAIN, ROOT, calls, functions, imports, modules


def test_the_contracts_of_import_linter_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{path}:{line} {name}"
        for path, tree in modules()
        for function in functions(tree)
        for name, line in imports(function)
    ]
    assert inside == []


@pytest.mark.parametrize("package", DOMAIN)
def test_a_domain_package_holds_a_docstring_and_imports_nothing(package: str) -> None:
    (tree,) = [tree for path, tree in modules(package) if path == f"{package}/__init__.py"]
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("package", DOMAIN)
def test_a_module_imports_only_from_its_left(package: str) -> None:
    """In the order that the package's docstring gives."""
    trees = dict(modules(package))
    told = re.search(r"from the ground up:([^.]+)\.", ast.get_docstring(trees[f"{package}/__init__.py"]) or "")
    assert told
    order = [name.strip() for name in told[1].split(",")]
    wrong = []
    for path, tree in trees.items():
        here = path.split("/")[1].removesuffix(".py")
        for name, line in imports(tree):
            parts = name.split(".")
            if parts[0] != package or len(parts) < 2 or here not in order or parts[1] not in order:
                continue
            if order.index(parts[1]) > order.index(here):
                wrong.append(f"{path}:{line} {name}")
    assert wrong == []


def test_the_domain_knows_nothing_of_the_web() -> None:
    web = ("flask.", "flask_login", "flask_wtf", "flask_babel", "wtforms", "werkzeug", "jinja2", "markupsafe")
    found = [
        f"{path}:{line}" for path, tree in modules(*DOMAIN) for name, line in imports(tree) if name.startswith(web)
    ]
    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    reading = [
        path
        for path, tree in modules()
        if any(name in ("os.environ", "os.getenv", "os.environ.get") for name, _ in imports(tree))
        or any(
            isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
            for node in ast.walk(tree)
        )
    ]
    assert reading == ["config.py"]


def test_only_the_outside_looks_at_the_clock() -> None:
    looking = [
        f"{path}: {name}"
        for path, tree in modules()
        for name, _ in calls(tree)
        if name in ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "func.now")
    ]
    assert looking == ["storefront/outside.py: datetime.now"]


def test_only_a_transaction_commits() -> None:
    committing = [
        f"{path}: {name}"
        for path, tree in modules()
        if not path.startswith("catalog/search/")  # the index has commits of its own
        for name, _ in calls(tree)
        if name.endswith((".commit", ".begin"))
    ]
    assert committing == ["catalog/db.py: session.commit"]


WRITES = re.compile(
    r"(update|delete|insert)\((StockLevel|StockMovement)\)|StockMovement\(.*"
    r"|(StockLevel|StockMovement)\.__table__\.(insert|update|delete)\(\)",
    re.DOTALL,
)


WRITERS = {
    ("catalog/stock.py", "_change"): {"_CHANGED", "_MOVEMENT"},
    ("catalog/stock.py", "_repair"): {"_REPAIRED", "_MOVEMENT"},
}
"""Who may use which of the statements that write shelves."""


def test_only_one_verb_changes_a_shelf_and_one_repairs_it() -> None:
    """Levels are written by ``stock._change`` and nowhere else, so no change can go without its movement.

    ``stock._repair`` puts a level back to what the movements say.
    """
    statements, elsewhere = set(), []
    for path, tree in modules(*DOMAIN):
        named = {id(call): node for node in tree.body if isinstance(node, ast.Assign) for _, call in calls(node)}
        for _, call in calls(tree):
            if WRITES.fullmatch(ast.unparse(call)):
                statement = named.get(id(call))
                if statement is None:
                    elsewhere.append(f"{path}:{call.lineno}")
                else:
                    statements.add(ast.unparse(statement.targets[0]))
    assert elsewhere == []
    assert statements == {"_CHANGED", "_MOVEMENT", "_REPAIRED"}
    for path, tree in modules(*DOMAIN):
        for function in functions(tree):
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            assert statements & names == WRITERS.get((path, function.name), set()), f"{path}: {function.name}"


def test_nobody_assigns_to_a_level() -> None:
    assigned = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr in ("on_hand", "held")
    ]
    assert assigned == []


def test_every_verb_that_moves_stock_goes_through_it() -> None:
    (tree,) = [tree for path, tree in modules("catalog") if path == "catalog/stock.py"]
    called = {function.name: {name for name, _ in calls(function)} for function in functions(tree)}

    def reaches_change(name: str) -> bool:
        return "_change" in called[name] or any(reaches_change(n) for n in called[name] if n in called and n != name)

    for verb in ("receive", "correct", "hold", "release", "hand_over"):
        assert reaches_change(verb), verb


def test_amounts_are_never_floats() -> None:
    """Neither in the domain's sums nor in the words that print them."""
    floats = [
        f"{path}:{call.lineno}"
        for path, tree in modules("checkout")
        for name, call in calls(tree)
        if name in ("float", "round", "Float")
    ]
    assert floats == []
