"""Reads a PDF of ours back: the texts of its pages, in order, by the tables of its embedded fonts."""

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"/Length (\d+).*?\nstream\r?\n", re.DOTALL)
_FONT = re.compile(rb"/F(\d+) (\d+) 0 R")
_TABLE = re.compile(rb"/ToUnicode (\d+) 0 R")
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_USED_FONT = re.compile(rb"/(F\d+) [\d.]+ Tf")
_NAMED_FONT = re.compile(rb"/(F\d+) \d+ 0 R")
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\)\s*Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MEANS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def lines(pdf: bytes) -> list[str]:
    """Returns each displayed piece of text."""
    assert pdf.startswith(b"%PDF")
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    tables = {int(font): _table(objects, int(at)) for font, at in _FONT.findall(pdf)}
    return [text for body in objects.values() for text in _texts(body, tables)]


def text(pdf: bytes) -> str:
    return " ".join(" ".join(lines(pdf)).replace("\N{NO-BREAK SPACE}", " ").split())


def _table(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Returns which text each two bytes of a string in this font stand for."""
    found = _TABLE.search(objects[font])
    assert found is not None, "every font of ours is embedded with its letters"
    content = _stream(objects[int(found[1])])
    return {
        int(code, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for code, letter in _LETTER.findall(content)
    }


def _texts(body: bytes, tables: dict[int, dict[int, str]]) -> Iterator[str]:
    font = 0
    for match in _SHOWN.finditer(_stream(body)):
        if match[1]:
            font = int(match[1])
            continue
        raw = _ESCAPED.sub(lambda escaped: _MEANS.get(escaped[1], escaped[1]), match[2])
        codes = [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]
        yield "".join(tables[font][code] for code in codes)


def _stream(body: bytes) -> bytes:
    """Returns a stream's content by its Length, because packed content may end with the byte of a line end."""
    found = _STREAM.search(body)
    if found is None:
        return b""
    held = body[found.end() : found.end() + int(found[1])]
    return zlib.decompress(held) if b"/FlateDecode" in body[: found.start(1)] else held


def unnamed_fonts(pdf: bytes) -> set[str]:
    """Returns the fonts that a page uses but does not list in its resources: readers would not show their text."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    found: set[str] = set()
    for body in objects.values():
        if b"/Type /Page\n" in body:
            content, resources = (_reference(objects, body, name) for name in (b"Contents", b"Resources"))
            used, named = set(_USED_FONT.findall(_stream(content))), set(_NAMED_FONT.findall(resources))
            found |= {one.decode() for one in used - named}
    return found


def _reference(objects: dict[int, bytes], body: bytes, name: bytes) -> bytes:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return objects[int(found[1])]
