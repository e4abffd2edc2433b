"""From what somebody pasted or typed to the page that shows it, as far as the viewer may see it.

What is unmistakable (an id, a label, the whole of a name) comes before what is only equal (an amount, four digits),
and this before what is like it (a part of a name, the beginning of an id, a page), and this before a name with a typo;
of equals the newest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from authorization.people.access import Viewer
from billing.portal.search import numbers, pasted, persons, portal_pages, things
from billing.portal.search.hits import Hit
from billing.portal.search.pasted import Pasted

Step = Callable[[Viewer, Sequence[Pasted]], Iterator[Hit]]
MOST: Final = 20
SUGGESTIONS: Final = 10
_SHORTEST: Final = 2
"""Characters: a single one is in nearly everything."""
_PAGES_BEGUN: Final = 5
_PAGES_KEPT: Final = 3
"""Places that other finds leave to pages."""
_FIRST: Final = (
    "Dashboard", "Chargers", "Sessions", "Payouts", "Refund a session", "Add Token", "Test a card", "Invite somebody",
    "Add a charger",
)  # fmt: skip
_EXACT: Final = (
    numbers.by_id, numbers.documents, numbers.references, numbers.transactions, things.by_key, persons.by_key,
    numbers.by_last4, numbers.by_amount, numbers.bank_lines, things.by_report,
)  # fmt: skip
_ALIKE: Final = (
    portal_pages.is_named, numbers.by_id_begun, things.by_beginning, things.by_name, persons.by_name,
    numbers.bank_lines_by_name,
)  # fmt: skip
_NEARLY: Final = (things.by_typo, persons.by_typo)


@cache
def _steps_above() -> tuple[Step, ...]:
    """What the apps above this one are found by, as the settings name it: imported when it is first asked."""
    return tuple(import_string(path) for path in settings.SEARCH_SOURCES)


def find(viewer: Viewer, text: str) -> list[Hit]:
    """The best first, each page once. Where the whole finds nothing, such as a bank's line, what its parts find.

    The number of queries depends on what the text may be, not on how much there is.
    """
    wanted = pasted.read(text)
    if not wanted.whole:
        return []
    return (
        _exact(viewer, [wanted])
        or _best(hit for step in _ALIKE for hit in step(viewer, wanted))
        or _exact(viewer, pasted.fragments(text))
        or _best([*(hit for step in _NEARLY for hit in step(viewer, wanted)), *portal_pages.find(viewer, wanted)])
    )


def suggest(viewer: Viewer, text: str) -> list[Hit]:
    """For a text that is still being typed: what `find` finds, then pages and acts whose names begin so.

    Nothing typed: what people do most often, as far as the viewer may.
    """
    wanted = pasted.read(text)
    if not wanted.whole:
        return list(portal_pages.offered(viewer, _FIRST))
    pages = list(portal_pages.begun(viewer, wanted, most=_PAGES_BEGUN))
    hits = find(viewer, text) if len(wanted.whole) >= _SHORTEST else []
    return _best([*hits[: SUGGESTIONS - min(len(pages), _PAGES_KEPT)], *pages])[:SUGGESTIONS]


def _exact(viewer: Viewer, ones: Sequence[Pasted]) -> list[Hit]:
    return _best(hit for step in (*_steps_above(), *_EXACT) for hit in step(viewer, ones)) if ones else []


def _best(hits: Iterable[Hit]) -> list[Hit]:
    found: dict[tuple[str, str, str], Hit] = {}
    for hit in islice(hits, MOST * 2):
        found.setdefault((hit.kind, hit.id, hit.url), hit)
    return list(found.values())[:MOST]
