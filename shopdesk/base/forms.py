"""What all forms of the desk share: complaints in one sentence, times as browsers pick them, the version shown."""

from collections.abc import Mapping
from typing import Any

from django import forms

# What <input type="datetime-local"> sends; without an offset, so Shanghai's (settings.TIME_ZONE).
LOCAL_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class LocalTimeInput(forms.DateTimeInput):
    """A date and time as browsers pick them."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class DeskForm(forms.Form):
    """A form whose complaints can be shown as one sentence next to it."""

    use_required_attribute = False

    def complaint(self) -> tuple[str, str]:
        """The first field that is wrong, and what is wrong with it, by the field's own name."""
        name, errors = next(iter(self.errors.items()))
        label = self.fields[name].label if name in self.fields else ""
        return name, f"{label}: {errors[0]}" if label else str(errors[0])


class Unsent:
    """A form as a page shows it before anything is sent: for each field what its template reads.

    Building a form copies all its fields, and a page has a dozen that nobody fills in. A template reads a form that
    was sent and refused in the same way.
    """

    is_bound = False

    def __init__(self, form_class: type[DeskForm], **initial: Any) -> None:
        self.fields: Mapping[str, forms.Field] = form_class.base_fields
        self._initial = initial

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        field = self.fields[name]
        return {"label": field.label, "value": self._initial.get(name, field.initial), "field": field}


class VersionedForm(DeskForm):
    """A form that names the version of its subject that the page showed (T5)."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
