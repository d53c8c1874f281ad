"""The set-up script: an environment that is only linked here is somebody else's, and stays whole."""

from pathlib import Path

import pytest

from scripts import setup


def test_making_the_environment_anew_leaves_the_one_that_is_linked_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    (theirs / "python").write_text("in use")
    ours.symlink_to(theirs)
    monkeypatch.setattr(setup, "VENV", ours)

    setup.make_venv()

    assert [(path.name, path.read_text()) for path in theirs.iterdir()] == [("python", "in use")]
    assert not ours.is_symlink()
    assert (ours / "bin" / "python").exists()
