"""Static files that come from npm packages."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage


class NodeAssetsFinder(BaseFinder):
    """Finds just the files named in ``settings.NODE_ASSETS``, under the names given there."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to check: a missing file is told by ``collectstatic``."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The place of the asset served as ``path``."""
        source = settings.NODE_ASSETS.get(path)
        found = [str(source)] if source and source.exists() else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Storage]]:
        """All named assets, each with a storage that holds it."""
        for served, source in settings.NODE_ASSETS.items():
            yield served, _OneFileStorage(source, served)


class _OneFileStorage(FileSystemStorage):
    """Opens one file of a package under the name that it is served by."""

    prefix = None

    def __init__(self, source: Any, served: str) -> None:
        super().__init__(location=str(source.parent))
        self._names = {served: source.name}

    def path(self, name: str) -> str:
        return super().path(self._names.get(name, name))
