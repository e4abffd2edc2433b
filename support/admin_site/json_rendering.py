"""Renders stored JSON for people: names with values, lists of similar objects as tables."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_DEEPEST: Final = 8
_COLUMNS: Final = 10
_SHORT: Final = 12
_NOTHING: Final = format_html('<span class="quiet">{}</span>', "–")
_LIMIT: Final = 200
"""How many entries of one list are shown; a month's report may have thousands."""


def render(value: Any, *, depth: int = 0) -> SafeString:
    """Returns escaped HTML of any JSON value."""
    match value:
        case None | "":
            return _NOTHING
        case dict() | list() if not value:
            return _NOTHING
        case bool():
            return format_html("{}", "yes" if value else "no")
        case dict() if depth < _DEEPEST:
            return _facts(value, depth=depth)
        case list() if depth < _DEEPEST and _are_alike(value):
            return _table(value, depth=depth)
        case list() if depth < _DEEPEST:
            return _list(value, depth=depth)
        case _:
            return format_html('<span class="json-value">{}</span>', str(value))


def _facts(value: dict[str, Any], *, depth: int) -> SafeString:
    rows = (
        ("deep" if entry and isinstance(entry, dict | list) else "", _name(name), render(entry, depth=depth + 1))
        for name, entry in value.items()
    )
    pairs = format_html_join("", '<div class="{}"><dt>{}</dt><dd>{}</dd></div>', rows)
    return format_html('<dl class="json-facts">{}</dl>', pairs)


def _list(values: Sequence[Any], *, depth: int) -> SafeString:
    rows = ((render(element, depth=depth + 1),) for element in values[:_LIMIT])
    return format_html(
        '<ul class="json-list">{}</ul>{}', format_html_join("", "<li>{}</li>", rows), _render_remainder(values)
    )


def _table(values: Sequence[dict[str, Any]], *, depth: int) -> SafeString:
    names = _names(values)
    head = format_html_join("", '<th scope="col">{}</th>', ((_name(name),) for name in names))
    cells = (
        (format_html_join("", "<td>{}</td>", ((render(row.get(name), depth=depth + 1),) for name in names)),)
        for row in values[:_LIMIT]
    )
    body = format_html_join("", "<tr>{}</tr>", cells)
    table = '<div class="json-table"><table class="lines"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}'
    shown_table = format_html(table, head, body, _render_remainder(values))
    if len(values) <= _SHORT:
        return shown_table
    return format_html("<details><summary>{} entries</summary>{}</details>", len(values), shown_table)


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether these are objects that together have few enough names for a table."""
    return all(isinstance(value, dict) for value in values) and 0 < len(_names(values)) <= _COLUMNS


def _names(values: Sequence[dict[str, Any]]) -> list[str]:
    """Returns the names in the order in which they appear."""
    return list(dict.fromkeys(name for mapping in values for name in mapping))


def _render_remainder(values: Sequence[Any]) -> str | SafeString:
    hidden_count = len(values) - _LIMIT
    return format_html('<p class="quiet">and {} more</p>', hidden_count) if hidden_count > 0 else ""


def _name(name: str) -> str:
    """Writes `tax_pct` as "tax pct"; names from other systems are unchanged."""
    return name.replace("_", " ") if name.islower() else name
