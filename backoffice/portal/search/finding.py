"""From a pasted or typed text to the page that shows it, as far as the viewer may see it.

Results are ordered by how certain they are. First come unmistakable matches (an id, a label, a whole name), then equal
values (an amount, four digits), then similar ones (part of a name, the beginning of an id, a page), and last a name
with a typo; within each, the newest first.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from authorization.people.access import Viewer
from backoffice.portal.search import articles, numbers, objects, persons, portal_pages, requests
from backoffice.portal.search.hits import Hit
from billing.formatting import pasted_values
from billing.formatting.pasted_values import PastedValue

Step = Callable[[Viewer, Sequence[PastedValue]], Iterator[Hit]]
LIMIT: Final = 20
SUGGESTIONS: Final = 10
_SHORTEST: Final = 2
"""Fewest characters: a single one is in nearly every text."""
_PAGES_BEGUN: Final = 5
_PAGES_KEPT: Final = 3
"""How many places other results leave for pages."""
_FIRST: Final = (
    "Home", "Chargers", "Sessions", "Payouts", "Refund a session", "Add Token", "Test a card", "Invite somebody",
    "Add a charger",
)  # fmt: skip
_EXACT: Final = (
    requests.by_label, numbers.by_id, numbers.documents, numbers.references, numbers.transactions, objects.by_key,
    persons.by_key, numbers.by_last4, numbers.by_amount, numbers.bank_lines, objects.by_report,
)  # fmt: skip
_ALIKE: Final = (
    portal_pages.is_named, numbers.by_id_begun, objects.by_beginning, objects.by_name, persons.by_name,
    numbers.bank_lines_by_name,
)  # fmt: skip
_NEARLY: Final = (objects.by_typo, persons.by_typo)


def find(viewer: Viewer, text: str) -> list[Hit]:
    """Returns pages, best first; if no object is found, also up to three articles for hosts."""
    hits = find_pages(viewer, text)
    if any(hit.kind != "page" for hit in hits) or len(hits) >= LIMIT:
        return hits
    return [*hits, *articles.find(text)]


def find_pages(viewer: Viewer, text: str) -> list[Hit]:
    """Returns pages, best first, each once. If the whole text finds nothing, as for a bank's line, its parts are tried.

    The number of queries depends on what the text may be, not on how much there is.
    """
    pasted_text = pasted_values.read(text)
    if not pasted_text.whole:
        return []
    return (
        _exact(viewer, [pasted_text])
        or _best(hit for step in _ALIKE for hit in step(viewer, pasted_text))
        or _exact(viewer, pasted_values.fragments(text))
        or _best(
            [*(hit for step in _NEARLY for hit in step(viewer, pasted_text)), *portal_pages.find(viewer, pasted_text)]
        )
    )


def suggest(viewer: Viewer, text: str) -> list[Hit]:
    """Returns suggestions while typing: what `find_pages` finds, then pages and acts whose names begin with the text.

    For an empty text: what people do most often, as far as the viewer may.
    """
    pasted_text = pasted_values.read(text)
    if not pasted_text.whole:
        return list(portal_pages.find_by_titles(viewer, _FIRST))
    pages = list(portal_pages.find_while_typing(viewer, pasted_text, limit=_PAGES_BEGUN))
    hits = find_pages(viewer, text) if len(pasted_text.whole) >= _SHORTEST else []
    return _best([*hits[: SUGGESTIONS - min(len(pages), _PAGES_KEPT)], *pages])[:SUGGESTIONS]


def _exact(viewer: Viewer, ones: Sequence[PastedValue]) -> list[Hit]:
    return _best(hit for step in _EXACT for hit in step(viewer, ones)) if ones else []


def _best(hits: Iterable[Hit]) -> list[Hit]:
    by_identity: dict[tuple[str, str, str], Hit] = {}
    for hit in islice(hits, LIMIT * 2):
        by_identity.setdefault((hit.kind, hit.id, hit.url), hit)
    return list(by_identity.values())[:LIMIT]
