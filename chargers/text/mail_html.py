"""The HTML of a mail, made of its text, so that both say the same. Pure.

Nothing is loaded from anywhere: mail programs would ask first, and the sender would learn who reads when. Colours are
set for both themes, on every part by itself: some programs turn them over and others take the style sheet away.
"""

import re
from dataclasses import dataclass
from html import escape
from typing import Final

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_ITEM: Final = re.compile(r"^[-•] ")
_QUOTED: Final = "> "
_PAGE: Final = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<title>{title}</title><style>"
    ":root {{ color-scheme: light dark; supported-color-schemes: light dark; }}"
    "@media (prefers-color-scheme: dark) {{"
    " body, .around {{ background: #0f1317 !important; }}"
    " .card {{ background: #171d22 !important; border-color: #2b333a !important; }}"
    " .card, h1, p, li {{ color: #e6eaed !important; }}"
    " .quiet, .quiet p {{ color: #9aa6b0 !important; }}"
    " .link {{ background: #0f1317 !important; border-color: #2b333a !important; }}"
    " a {{ color: {on_dark} !important; }}"
    " .band {{ background: {on_dark} !important; }}"
    " }}"
    '</style></head><body style="margin:0;padding:0;background:#f6f7f9">'
    '<div class="around" style="background:#f6f7f9;padding:24px 12px">'
    '<div class="card" style="max-width:560px;margin:0 auto;background:#ffffff;color:#14191f;border:1px solid #e4e7eb;'
    "border-radius:10px;overflow:hidden;font:16px/1.5 -apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
    '"><div class="band" style="height:6px;background:{accent}"></div><div style="padding:24px">'
    '<p class="quiet" style="margin:0 0 16px;color:#55606b;font-size:14px">{sender}</p>'
    '<h1 style="margin:0 0 16px;color:#14191f;font-size:20px;line-height:1.3">{title}</h1>{blocks}'
    "</div></div></div></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class MailStyle:
    """Who a mail is from, and the colour of its links: on white, and on a dark page."""

    sender: str
    accent: str = "#0b5cad"
    on_dark: str = "#6cb2f5"


def of_text(text: str, *, title: str, style: MailStyle, language: str = "en") -> str:
    """Returns the mail's HTML: paragraphs, lists, quotations and links as the text has them."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text.strip())]
    if blocks and " ".join(title.split()).startswith(" ".join(blocks[0].split())):  # the heading says it
        blocks = blocks[1:]
    return _PAGE.format(
        language=escape(language),
        title=escape(title),
        sender=escape(style.sender),
        accent=style.accent,
        on_dark=style.on_dark,
        blocks="".join(_block(block, accent=style.accent) for block in blocks),
    )


def _block(block: str, *, accent: str) -> str:
    lines = block.split("\n")
    if _ADDRESS.fullmatch(block.strip()):
        return (
            '<p class="link" style="margin:0 0 16px;padding:12px 16px;background:#f6f7f9;border:1px solid #e4e7eb;'
            f'border-radius:8px;word-break:break-all">{_render_links(block.strip(), accent=accent)}</p>'
        )
    if all(_ITEM.match(line) for line in lines):
        items = "".join(f'<li style="color:#14191f">{_render_links(line[2:], accent=accent)}</li>' for line in lines)
        return f'<ul style="margin:0 0 16px;padding-left:20px">{items}</ul>'
    if all(line.startswith(_QUOTED.strip()) for line in lines):
        quoted = _lines([line.removeprefix(">").removeprefix(" ") for line in lines], accent=accent)
        return (
            '<div class="quiet" style="margin:0 0 16px;padding-left:12px;border-left:3px solid #c3cad1;color:#55606b">'
            f'<p style="margin:0;color:#55606b">{quoted}</p></div>'
        )
    return f'<p style="margin:0 0 16px;color:#14191f;overflow-wrap:anywhere">{_lines(lines, accent=accent)}</p>'


def _lines(lines: list[str], *, accent: str) -> str:
    return "<br>".join(_render_links(line, accent=accent) for line in lines)


def _render_links(text: str, *, accent: str) -> str:
    """Escapes the text, and makes links of the addresses in it."""
    pieces, position = [], 0
    for match in _ADDRESS.finditer(text):
        address = escape(match[0])
        pieces += [escape(text[position : match.start()]), f'<a href="{address}" style="color:{accent}">{address}</a>']
        position = match.end()
    return "".join([*pieces, escape(text[position:])])
