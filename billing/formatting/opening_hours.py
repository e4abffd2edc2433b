"""Formats a property's opening hours for guests, in their language."""

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext

from chargers.properties import opening_hours
from chargers.properties.opening_hours import Hours, Span


def text(hours: Hours) -> str:
    """Returns text such as `Mon–Fri 08:00–22:00, Sat–Sun closed`; empty if it is always open."""
    return ", ".join(_span(span) for span in opening_hours.spans(hours))


def _span(span: Span) -> str:
    first, last = str(WEEKDAYS_ABBR[span.first]), str(WEEKDAYS_ABBR[span.last])
    days = first if span.first == span.last else f"{first}–{last}"
    if span.hours is None:
        return f"{days} {gettext('closed')}"
    return f"{days} {span.hours[0]}–{span.hours[1]}"
