"""What a PDF of ours says, read back: the texts of its pages, in order."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)\s*Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([()\\rn])")


def lines(pdf: bytes) -> list[str]:
    """Each piece of text that is shown; the core fonts write Latin-1."""
    assert pdf.startswith(b"%PDF")
    return [
        _ESCAPED.sub(rb"\1", shown).decode("latin-1")
        for packed in _STREAM.findall(pdf)
        for content in [_inflated(packed)]
        for shown in _SHOWN.findall(content)
    ]


def text(pdf: bytes) -> str:
    return " ".join(" ".join(lines(pdf)).split())


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""
