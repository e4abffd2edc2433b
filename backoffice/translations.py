"""Translations of texts shown to guests: the texts in the code, the .po files, and the .mo files compiled from them.

Works without GNU gettext, so it runs wherever Python does. A text to translate is what a reason of a refusal says to
guests (its title, meaning and next steps), a literal in `_()`, `gettext()` or `mark()`, or a text marked in a template.
A text with a number has a singular and a plural form: `ngettext()` and `mark_plural()` take both, as does
`{% plural %}` in a template. Such a pair is one entry here, its two forms joined by a null character as in a .mo file.
Each of the four languages has two forms, too.
"""

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation.template import templatize

from authorization.decide import reasons

ROOT: Final = Path(settings.BASE_DIR)
LANGUAGES: Final = tuple(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
_PACKAGES: Final = ("authorization", "backoffice", "billing", "chargers", "support")
_MARKS: Final = frozenset(("_", "gettext", "gettext_lazy", "mark"))
_PLURAL_MARKS: Final = frozenset(("ngettext", "mark_plural"))
_PLURAL_RULES: Final = {"fr": "nplurals=2; plural=(n > 1);"}
_DEFAULT_PLURAL_RULE: Final = "nplurals=2; plural=(n != 1);"
_REASONS_FOLDER: Final = ROOT / "authorization" / "decide" / "reasons"
_IN_TEMPLATE: Final = re.compile(r"(?:\b_|\bgettext)\(\s*u?(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')\s*\)", re.DOTALL)
_STRING: Final = r"u?(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
_PLURAL_IN_TEMPLATE: Final = re.compile(rf"\bngettext\(\s*{_STRING}\s*,\s*{_STRING}\s*,", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")
_TAG: Final = re.compile(r"</?\w+[^>]*>")
_LINE: Final = re.compile(r'(?:(msgid|msgid_plural|msgstr(?:\[[01]\])?)\s+)?("(?:[^"\\]|\\.)*")\Z')
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_SEPARATOR: Final = "\0"
_MO_MAGIC: Final = 0x950412DE


@dataclass(frozen=True, slots=True)
class Fault:
    """A text that would be wrong for a reader of `language`."""

    language: str
    text: str
    problem: str


class MalformedError(ValueError):
    """A .po file that cannot be read; the message names file and line."""


@cache
def texts() -> Mapping[str, list[str]]:
    """Returns every text shown to guests, with the files or reasons that contain it, in a stable order.

    Reading all code takes seconds, so it is done once per process.
    """
    by_text: dict[str, list[str]] = {}
    for text, origin in (*_collect_reason_texts(), *_collect_code_texts(), *_collect_template_texts()):
        origins = by_text.setdefault(text, [])
        if origin not in origins:
            origins.append(origin)
    return by_text


def path(language: str, *, ending: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"django.{ending}"


def read(language: str) -> dict[str, str]:
    """Returns the English texts with their translations, without the header; empty if there is no file.

    Raises MalformedError.
    """
    file = path(language, ending="po")
    entries: list[dict[str, str]] = []
    field = ""
    for number, line in enumerate(file.read_text().splitlines() if file.exists() else [], start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if (match := _LINE.match(line.strip())) is None:
            raise MalformedError(f"{file}, line {number}: this is neither a comment nor a quoted text.")
        field, part = match[1] or field, ast.literal_eval(match[2])
        if match[1] == "msgid":
            entries.append({})
        entries[-1][field] = entries[-1].get(field, "") + part
    return dict(_parse_entry(entry) for entry in entries if entry["msgid"])


def _parse_entry(entry: Mapping[str, str]) -> tuple[str, str]:
    """Returns an English text and its translation; of a pair, both forms joined.

    If only one form of a pair is translated, the translation is empty.
    """
    if "msgid_plural" not in entry:
        return entry["msgid"], entry.get("msgstr", "")
    forms = [entry.get(f"msgstr[{index}]", "") for index in (0, 1)]
    return _SEPARATOR.join((entry["msgid"], entry["msgid_plural"])), _SEPARATOR.join(forms) if all(forms) else ""


def render_po(language: str, entries: Mapping[str, str]) -> str:
    """Returns the .po file: each text with its translation, and in a comment the files that contain it."""
    blocks = ["\n".join(['msgid ""', 'msgstr ""', *map(_quote_text, _render_header(language)), ""])]
    for english, origins in texts().items():
        comment = "".join(f"#: {origin}\n" for origin in origins)
        blocks.append(f"{comment}{_render_entry(english, entries.get(english, ''))}")
    return "\n".join(blocks)


def _render_entry(english: str, translated: str) -> str:
    if _SEPARATOR not in english:
        return f"msgid {_quote_text(english)}\nmsgstr {_quote_text(translated)}\n"
    singular, plural = english.split(_SEPARATOR)
    singular_form, plural_form = translated.split(_SEPARATOR) if translated else ("", "")
    forms = f"msgstr[0] {_quote_text(singular_form)}\nmsgstr[1] {_quote_text(plural_form)}\n"
    return f"msgid {_quote_text(singular)}\nmsgid_plural {_quote_text(plural)}\n{forms}"


def compile_mo(language: str, entries: Mapping[str, str]) -> bytes:
    """Returns the .mo file (GNU gettext manual 10.3): two tables of lengths and offsets by English, then the texts."""
    translated = {english: text for english, text in entries.items() if text} | {"": "".join(_render_header(language))}
    pairs = sorted((english.encode(), text.encode()) for english, text in translated.items())
    tables, texts_at = 28, 28 + 16 * len(pairs)
    body, rows = bytearray(), []
    for column in (0, 1):
        for pair in pairs:
            rows.append(struct.pack("<II", len(pair[column]), texts_at + len(body)))
            body += pair[column] + b"\0"
    head = struct.pack("<7I", _MO_MAGIC, 0, len(pairs), tables, tables + 8 * len(pairs), 0, tables)
    return head + b"".join(rows) + bytes(body)


def faults() -> list[Fault]:
    """Returns missing translations, those that lost a placeholder or a tag, and those that the code no longer uses."""
    current = texts()
    return [
        fault
        for language in LANGUAGES
        for entries in [read(language)]
        for fault in (
            *(fault_ for text in current for fault_ in _faults_of(language, text, entries.get(text, ""))),
            *(Fault(language, text, "No guest reads this text any more.") for text in entries if text not in current),
        )
    ]


def _faults_of(language: str, english: str, translated: str) -> Iterator[Fault]:
    if not translated:
        yield Fault(language, english, "It is not translated.")
        return
    for source_form, translated_form in zip(english.split(_SEPARATOR), translated.split(_SEPARATOR), strict=True):
        if sorted(_PLACEHOLDER.findall(source_form)) != sorted(_PLACEHOLDER.findall(translated_form)):
            yield Fault(language, english, f"Its placeholders differ: “{translated_form}”.")
        elif _TAG.findall(source_form) != _TAG.findall(translated_form):
            yield Fault(language, english, f"Its tags differ: “{translated_form}”.")


def _collect_reason_texts() -> Iterator[tuple[str, str]]:
    for reason in reasons.CATALOGUE.values():
        for text in (reason.title, reason.guest.meaning, *(step.text for step in reason.guest.next_steps)):
            yield text, f"authorization/decide/reasons: {reason.code}"


def _collect_code_texts() -> Iterator[tuple[str, str]]:
    for file in sorted(file for package in _PACKAGES for file in (ROOT / package).rglob("*.py")):
        if _REASONS_FOLDER in file.parents or file == Path(__file__):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if (text := _find_marked_text(node)) is not None:
                yield text, str(file.relative_to(ROOT))


def _find_marked_text(node: ast.AST) -> str | None:
    """Returns the text that a call marks; for a plural, both forms joined."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in _MARKS:
            return text
        case ast.Call(
            func=ast.Name(id=name), args=[ast.Constant(value=str(singular)), ast.Constant(value=str(plural)), *_]
        ) if name in _PLURAL_MARKS:
            return f"{singular}{_SEPARATOR}{plural}"
        case _:
            return None


def _collect_template_texts() -> Iterator[tuple[str, str]]:
    for file in sorted(file for ending in ("html", "txt") for file in (ROOT / "templates").rglob(f"*.{ending}")):
        source, origin = templatize(file.read_text(), origin=str(file)), str(file.relative_to(ROOT))
        for match in _IN_TEMPLATE.finditer(source):
            yield ast.literal_eval(match[1]), origin
        for match in _PLURAL_IN_TEMPLATE.finditer(source):
            yield _SEPARATOR.join(ast.literal_eval(text) for text in match.groups()), origin


def _quote_text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _render_header(language: str) -> list[str]:
    return [
        f"Language: {language}\n",
        "MIME-Version: 1.0\n",
        "Content-Type: text/plain; charset=UTF-8\n",
        f"Plural-Forms: {_PLURAL_RULES.get(language, _DEFAULT_PLURAL_RULE)}\n",
    ]
