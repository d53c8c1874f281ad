"""What the timeline's sentences call the values that the audit log holds (D4)."""

from typing import Any


def label_of(choices: Any, value: Any) -> str:
    """What one of some choices is called; one that is gone as the log has it, a dash for none."""
    return str(dict(choices.choices).get(value, value or "—"))
