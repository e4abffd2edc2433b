"""Converts Markdown to safe HTML: without the author's HTML, pictures, or scripts in links. Pure."""

from typing import Final

from markdown_it import MarkdownIt

_READER: Final = MarkdownIt("commonmark", {"html": False}).disable("image")
_HIGHEST: Final = 2
"""The page's own heading is the first level."""


def html(text: str) -> str:
    """Returns safe HTML: all text is escaped, and links lead only to pages and mail addresses."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{max(_HIGHEST, int(token.tag[1:]))}"
    return str(_READER.renderer.render(tokens, _READER.options, {}))
