"""The sessions behind entries of the books."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Model

from billing.models import Dispute, Hold, LedgerEntry, Receipt, Receivable, Refund, RefundPart

_SESSION_OF: Final[Mapping[str, tuple[type[Model], str]]] = {
    "receipt": (Receipt, "session_id"),
    "refund": (Refund, "receipt__session_id"),
    "refund_part": (RefundPart, "refund__receipt__session_id"),
    "hold": (Hold, "session_id"),
    "receivable": (Receivable, "session_id"),
    "dispute": (Dispute, "hold__session_id"),
}


def sessions(entries: Iterable[LedgerEntry]) -> dict[tuple[str, str], str]:
    """Returns the session behind each document, by the document's kind and id; one query for each kind."""
    document_keys = {(entry.source_type, entry.source_id) for entry in entries}
    by_document: dict[tuple[str, str], str] = {}
    for kind, (model, path) in _SESSION_OF.items():
        if ids := {source_id for source_type, source_id in document_keys if source_type == kind}:
            rows = model._default_manager.filter(pk__in=keys(model, ids)).values_list("pk", path)
            by_document |= {(kind, str(pk)): str(session_id) for pk, session_id in rows}
    return by_document


def keys(model: type[Model], ids: Iterable[str]) -> set[str]:
    """Returns the ids that can be keys of the model: an entry's document may not be a row."""
    keys = set()
    for document_id in ids:
        with suppress(ValidationError):
            model._meta.pk.to_python(document_id)
            keys.add(document_id)
    return keys
