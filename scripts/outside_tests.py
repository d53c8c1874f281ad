"""A pytest plugin: tests that lie outside of the project see its fixtures, as those inside do.

Pytest loads `tests/conftest.py` for the tests beside it alone, and refuses to have it loaded twice; so it is
loaded here only when all tests lie elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import tests

PROJECT = Path(__file__).resolve().parent.parent


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Load the project's fixtures for everybody, if pytest would not do so by itself."""
    arguments = early_config.known_args_namespace.file_or_dir
    paths = [Path(argument.split("::")[0]).resolve() for argument in arguments]
    outside = [path for path in paths if not path.is_relative_to(PROJECT)]
    if not outside:
        return
    if len(outside) < len(paths):
        raise pytest.UsageError("Name tests of the project or tests outside of it, not both at once.")
    for path in outside:
        # A package of the same name as the project's can only be imported as a part of it.
        for folder in (path, *path.parents, path / tests.__name__):
            if folder.name == tests.__name__ and (folder / "__init__.py").exists():
                tests.__path__.append(str(folder))
    early_config.pluginmanager.import_plugin("tests.conftest")
