"""Runs a sample of the long tests each time, and all of them with `WHOLE=1` (`make test-all`, at night).

There are three kinds of samples: rows of a large matrix, through which a test goes by itself (`sampled`); the tests of
the modules named here, of which a run of the whole suite takes one in eight; and tests marked `long` (of all of them
together) or `matrix` (of each), of which it takes one in five. A run of named modules or folders (`make test
APP=billing`) takes all of their tests.

All processes of a run draw with one seed, which is printed at its end: `SAMPLE_SEED=123 make test` repeats the run.
"""

import os
import random
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
TESTS = Path(__file__).resolve().parents[1]
_SEED = "SAMPLE_SEED"
_STORIES = "SAMPLE_STORIES"
STORY_SHARE = 8
MARKED_SHARE = 5
STORIES = (
    "authorization/accounts/views/test_passkeys.py",
    "backoffice/portal/search/test_api.py",
    "backoffice/portal/search/test_finding.py",
    "backoffice/portal/search/test_numbers.py",
    "backoffice/portal/search/test_persons.py",
    "backoffice/portal/search/test_portal_pages.py",
    "backoffice/portal/search/test_objects.py",
    "backoffice/portal/search/test_views.py",
    "backoffice/test_compression.py",
    "backoffice/test_downloads.py",
    "backoffice/test_redis_timeouts.py",
    "billing/engine/test_price_properties.py",
    "billing/guest/test_join_codes.py",
    "billing/guest/test_language.py",
    "billing/payouts/cycle/test_random_hosts.py",
    "billing/sessions/charges/test_refund_attempts.py",
    "billing/sessions/documents/test_fonts.py",
    "billing/sessions/drivers/test_admin.py",
    "billing/sessions/join_codes/test_acts.py",
    "billing/sessions/join_codes/test_code_guesses.py",
    "billing/sessions/join_codes/test_codes.py",
    "billing/sessions/join_codes/test_joins.py",
    "billing/sessions/join_codes/test_views.py",
    "billing/sessions/offers/test_mishaps.py",
    "billing/sessions/plans/test_driver_money.py",
    "billing/sessions/settlement/test_killed_worker.py",
    "chargers/commands/test_uploads.py",
    "chargers/gateway/test_every_command.py",
    "chargers/gateway/test_every_message.py",
    "chargers/gateway/test_every_own_command.py",
    "chargers/gateway/test_exchange.py",
    "chargers/gateway/test_faults.py",
    "chargers/gateway/test_issuer_wait.py",
    "chargers/gateway/test_junk.py",
    "chargers/gateway/test_liveness.py",
    "chargers/gateway/test_two_gateways.py",
    "chargers/pages/test_schedule_picture.py",
    "chargers/proxy/test_backlog.py",
    "chargers/proxy/test_quota.py",
    "chargers/proxy/test_upstream.py",
    "chargers/proxy/test_upstream_socket.py",
    "chargers/views/test_any_command.py",
    "chargers/views/test_console.py",
    "chargers/views/test_uploads.py",
    "journeys/test_ten_topics.py",
    "pages/test_accessibility.py",
    "pages/test_live_pages.py",
    "pages/test_live_portal.py",
    "pages/test_search_dialog.py",
    "support/admin_site/test_base.py",
    "support/admin_site/test_editable.py",
    "support/admin_site/test_portal_links.py",
    "support/admin_site/test_json_rendering.py",
    "support/admin_site/test_search.py",
    "support/admin_site/test_second_factor.py",
    "support/admin_site/test_site.py",
    "support/asking/test_articles.py",
    "support/asking/views/test_articles.py",
    "support/knowledge/test_admin.py",
    "support/knowledge/test_api.py",
    "support/knowledge/test_finding.py",
    "test_roles.py",
)
"""Modules of long tests, or of one question checked for every row. Names ending with `_journey` count, too."""


def seed() -> str:
    """Returns the run's seed. The first process draws it, and its child processes inherit it."""
    return os.environ.setdefault(_SEED, str(secrets.randbelow(1_000_000)))


def is_whole() -> bool:
    return os.environ.get("WHOLE") == "1"


def draw_stories(does: bool) -> None:
    """Sets whether this run leaves out some stories. The first process decides for all of its workers."""
    os.environ.setdefault(_STORIES, "drawn" if does else "whole")


def left_out(items: Iterable[pytest.Item]) -> Collection[pytest.Item]:
    """Returns the tests of stories that this run leaves out: of each module, and of the short modules together."""
    if os.environ[_STORIES] == "whole":
        return ()
    by_module: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
    marked: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if is_story(item.path):
            by_module[item.path].append(item)
        elif item.get_closest_marker("long") is not None:
            marked["long"].append(item)
        elif item.get_closest_marker("matrix") is not None:
            marked[item.nodeid.partition("[")[0]].append(item)
    drawn_from: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for path, tests in by_module.items():
        drawn_from["short" if len(tests) < STORY_SHARE else str(path.relative_to(TESTS))].extend(tests)
    stories = (_left_out(tests, of=of, share=STORY_SHARE) for of, tests in drawn_from.items())
    others = (_left_out(tests, of=of, share=MARKED_SHARE) for of, tests in marked.items())
    return {item for left_out in (*stories, *others) for item in left_out}


def _left_out(tests: list[pytest.Item], *, of: str, share: int) -> set[pytest.Item]:
    drawn = sampled(sorted(tests, key=lambda item: item.nodeid), of=of, share=share)
    return set(tests).difference(drawn)


@cache
def is_story(path: Path) -> bool:
    return path.stem.endswith(("_journey", "_journeys")) or any(path == TESTS / story for story in STORIES)


def sampled(items: Iterable[T], *, of: str, share: int = 6) -> list[T]:
    """Returns about one in `share` of the items, at least one, in their order; `of` names the matrix."""
    rows = list(items)
    if is_whole() or not rows:
        return rows
    chosen = set(random.Random(f"{seed()} {of}").sample(range(len(rows)), k=-(-len(rows) // share)))
    return [row for number, row in enumerate(rows) if number in chosen]
