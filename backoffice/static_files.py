"""Serves style sheets and scripts under names that change with their content: cached forever, and sent compressed.

`static("portal.css")` is `/static/portal.1a2b3c4d5e6f.css`. Files need not be collected before the start: a file is
found by the finders at its first request, and its compressed copy is stored in `DATA_DIR/static`.
"""

import gzip
import hashlib
import logging
import os
import re
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect, StaticFile

_logger = logging.getLogger(__name__)
_HASHED: Final = re.compile(r"^(?P<stem>(?:(?!\.\.).)+)\.(?P<hash>[0-9a-f]{12})(?P<ending>\.(?:css|js|json|svg))$")
_FOREVER: Final = "max-age=31536000, public, immutable"
_listed: Final[dict[str, StaticFile | Redirect]] = {}
"""The files in the static folders by address, listed once per process."""


class HashedNames(StaticFilesStorage):
    """Adds the content's hash to addresses of static files; fonts and pictures keep their plain names."""

    def url(self, name: str | None, force: bool = False) -> str:
        plain = super().url(name)
        stem, dot, ending = plain.rpartition(".")
        hash_ = content_hash(name) if name and ending in {"css", "js", "json", "svg"} else ""
        return f"{stem}{dot}{hash_}.{ending}" if hash_ else plain


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise with support for hashed names. An earlier hash redirects to the present file, cached for a minute."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files and (match := _HASHED.match(path)):
            self._add(
                path, name=(match["stem"] + match["ending"]).removeprefix(self.static_prefix), asked_hash=match["hash"]
            )
        response: HttpResponse = super().__call__(request)
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Returns True also for fonts, whose names contain the version of their package."""
        return url.endswith(".woff2")

    def add_files_from_finders(self) -> None:
        """Lists the static folders once per process: every test client builds this middleware, and it takes 0.1 s."""
        if not _listed:
            super().add_files_from_finders()
            _listed.update(self.files)
        self.files.update(_listed)

    def _add(self, url: str, *, name: str, asked_hash: str) -> None:
        if not (current_hash := content_hash(name)):
            return
        plain = self.files.get(self.static_prefix + name)
        if current_hash != asked_hash:
            if plain is not None:
                self.files[url] = plain
            return
        path = Path(str(finders.find(name)))
        headers = {"Cache-Control": _FOREVER, "Content-Type": self.media_types.get_type(str(path))}
        self.files[url] = StaticFile(
            str(path), list(headers.items()), encodings={"gzip": str(_ensure_compressed_copy(path, current_hash))}
        )


@cache
def content_hash(name: str) -> str:
    """Returns twelve hexadecimal digits; empty if the name is not one of our static files."""
    path = finders.find(name)
    if not isinstance(path, str) or not Path(path).is_file():
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def _ensure_compressed_copy(path: Path, hash_: str) -> Path:
    """Returns the compressed copy; if it cannot be written, the file is served without one."""
    target = settings.DATA_DIR / "static" / f"{path.stem}.{hash_}{path.suffix}.gz"
    if not target.exists():
        temp_path = target.with_name(f"{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temp_path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
            temp_path.replace(target)
        except OSError:
            _logger.exception("A compressed copy of %s was not written.", path.name)
    return target
