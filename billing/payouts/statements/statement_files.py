"""A period's files for the portal and the API: closed ones as they were written, open ones as of now."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from billing.payments.books.statements import Kind, Period
from billing.payouts.statements import csv_lines, files, paper, rows
from billing.payouts.statements.files import Format
from billing.proration import periods
from chargers.lib.streams import build_download

_TYPES: Final = {Format.CSV: "text/csv; charset=utf-8", Format.PDF: "application/pdf"}


def parse_period(text: str) -> tuple[date, Kind] | None:
    """Parses a month (2026-03) or a year (2026); None for other texts."""
    if len(text) == 4 and text.isascii() and text.isdecimal():
        january = periods.month(f"{text}-01")
        return (january, Kind.YEAR) if january else None
    begins = periods.month(text)
    return (begins, Kind.MONTH) if begins else None


def response(request: HttpRequest, period: Period, file_format: Format, *, now: datetime) -> HttpResponseBase:
    """Returns the download; with a hash if the file never changes."""
    parts = ["statement", period.host.slug, *([period.property_.slug] if period.property_ else []), period.currency]
    name = f"{'-'.join(parts)}-{period.name}.{file_format}"
    document = period.document
    is_made = document is not None and document.is_made
    content = files.read(document, file_format) if document and is_made else _provisional(period, file_format, now=now)
    answer = build_download(request, content, name=name, content_type=_TYPES[file_format])
    if document and is_made:
        answer["ETag"] = f'"{document.csv_sha256 if file_format == Format.CSV else document.pdf_sha256}"'
    return answer


def _provisional(period: Period, file_format: Format, *, now: datetime) -> Iterator[bytes]:
    if file_format == Format.CSV:
        yield from csv_lines.stream_pieces(period, rows.read(period), now=now)
    else:
        yield paper.render(period, rows.read(period), number="", now=now)
