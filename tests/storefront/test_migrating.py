"""Commands on a database that holds no shop."""

from pathlib import Path

import pytest

from config import Settings
from storefront import create_app


@pytest.mark.parametrize(
    "arguments",
    [
        ["payments", "confirm", "OCOP7K3M9QX", "1"],
        ["payments", "exceptions"],
        ["stock", "reconcile"],
        ["demo"],
        ["index", "rebuild"],
    ],
    ids=" ".join,
)
def test_a_command_without_a_shop_says_so_and_touches_nothing(tmp_path: Path, arguments: list[str]) -> None:
    app = create_app(Settings(environment="test", var=tmp_path))
    answer = app.test_cli_runner().invoke(args=arguments)
    assert answer.exit_code == 1
    assert "holds no shop of this code" in answer.output
    assert "flask --app wsgi migrate" in answer.output
