"""From Markdown to HTML that does nothing: no HTML of the author, no pictures, no scripts in links. Pure."""

from typing import Final

from markdown_it import MarkdownIt

_READER: Final = MarkdownIt("commonmark", {"html": False}).disable("image")
_HIGHEST: Final = 2
"""The page's own heading is the first level."""


def html(text: str) -> str:
    """Safe HTML: all that an author typed is escaped, links go to pages and mail addresses only."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{max(_HIGHEST, int(token.tag[1:]))}"
    return str(_READER.renderer.render(tokens, _READER.options, {}))
