"""The articles of a release: files `articles/<language>/<audience>/<slug>.md` with a small head. Pure.

The head stands between two lines `---` and has `title`, `summary`, and `topic` (a number) or `reason` (a code).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "articles"
_HEAD: Final = re.compile(r"---\n(?P<head>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_NAMES: Final = frozenset({"title", "summary", "topic", "reason"})


class ArticleFileError(Exception):
    """A file is not a valid article; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFile:
    """One article in one language."""

    slug: str
    audience: str
    language: str
    title: str
    summary: str
    body: str
    topic: int | None = None
    reason: str = ""


def read_all(folder: Path = FOLDER) -> Iterator[ArticleFile]:
    """Yields every article of the folder, ordered by path. Raises ArticleFileError."""
    for path in sorted(folder.glob("*/*/*.md")):
        yield read(path.read_text(encoding="utf-8"), path=path.relative_to(folder))


def read(text: str, *, path: Path) -> ArticleFile:
    """Reads one file; `path` is relative to the folder of articles. Raises ArticleFileError."""
    language, audience, slug = path.parts[0], path.parts[1], path.stem
    match = _HEAD.fullmatch(text)
    if match is None:
        raise ArticleFileError(f"{path}: it must begin with a head between two lines “---”.")
    head = dict(_pairs(match["head"], path))
    topic = head.get("topic", "")
    if topic and not topic.isdecimal():
        raise ArticleFileError(f"{path}: the topic must be a number, not “{topic}”.")
    if not head.get("title") and not head.get("reason"):
        raise ArticleFileError(f"{path}: it needs a title.")
    return ArticleFile(
        slug=slug,
        audience=audience,
        language=language,
        title=head.get("title", ""),
        summary=head.get("summary", ""),
        body=match["body"].strip(),
        topic=int(topic) if topic else None,
        reason=head.get("reason", ""),
    )


def _pairs(head: str, path: Path) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in _NAMES:
            raise ArticleFileError(f"{path}: “{line}” is no line of a head; known are {', '.join(sorted(_NAMES))}.")
        yield name.strip(), value.strip()
