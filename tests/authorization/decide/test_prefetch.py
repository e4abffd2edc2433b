"""Facts of many cards at once: the same verdicts with fewer queries, and never from before a change."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.decide import decisions, prefetch
from authorization.decide.prefetch import Prefetch
from tests.kit import site as sites
from tests.kit.site import HOUR, NOON, UID

pytestmark = pytest.mark.django_db
BLOCKED, ROAMING, NOBODY, CAR = "04BB", "04CC", "04DD", "VID:00112233"


@pytest.fixture
def site():
    site = sites.build()
    sites.member_token(site, parent="FAMILY", expires_at=NOON + HOUR)
    sites.member_token(site, BLOCKED, blocked=True, blocked_reason="Lost")
    sites.roaming_token(ROAMING)
    sites.open_transaction(site.charger, BLOCKED)  # which its card may stop
    return site


def ask(charger, uid, *, at=NOON, kind="authorize", **more):
    question = decisions.Question(kind=kind, at=at, uid=uid, **more)
    return decisions.decide(charger=charger, question=question, now=NOON, dry_run=True)


def said(outcome):
    return outcome.verdict, outcome.reason, outcome.parent, outcome.expires_at, outcome.trace


def test_it_decides_as_it_does_one_by_one(site):
    there = sites.build("palm", charger_id="CP2").charger
    cards = [(charger, uid) for charger in (site.charger, there) for uid in (UID, BLOCKED, ROAMING, NOBODY, CAR, "")]
    alone = [said(ask(charger, uid)) for charger, uid in cards]

    with prefetch.load_facts([Prefetch(charger.pk, uid, NOON) for charger, uid in cards]):
        together = [said(ask(charger, uid)) for charger, uid in cards]

    assert [entry[:4] for entry in together] == [entry[:4] for entry in alone]
    assert [[line["step"] for line in entry[4]] for entry in together] == [
        [line["step"] for line in entry[4]] for entry in alone
    ]
    assert {entry[0] for entry in alone} == {"accepted", "refused"}


def test_it_asks_once_for_all(site):
    taps = [Prefetch(site.charger.pk, uid, NOON) for uid in (UID, BLOCKED, NOBODY)]

    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        prefetch.load_facts(taps),
    ):
        for tap in taps:
            ask(site.charger, tap.uid)

    assert sum("decision_facts" in query["sql"] and "PREPARE" not in query["sql"] for query in queries) == 1


@pytest.mark.parametrize(
    "question",
    [{"at": NOON + timedelta(seconds=1)}, {"kind": "start"}, {"late": True}, {"transaction_id": "9"}, {"again": True}],
    ids=["another time", "a start", "a replay", "a transaction", "a second time"],
)
def test_it_is_for_this_question_and_once(site, question):
    taps = [Prefetch(site.charger.pk, UID, NOON), Prefetch(site.charger.pk, NOBODY, NOON)]
    with prefetch.load_facts(taps):
        if question == {"again": True}:
            ask(site.charger, UID)
            question = {}
        site.residents.properties.clear()

        assert ask(site.charger, UID, **question).verdict == "refused"


def test_it_ends_with_its_block(site):
    with prefetch.load_facts([Prefetch(site.charger.pk, UID, NOON), Prefetch(site.charger.pk, NOBODY, NOON)]):
        pass
    site.residents.properties.clear()

    assert ask(site.charger, UID).verdict == "refused"


def test_it_knows_of_no_charger_that_is_gone(site):
    with (
        prefetch.load_facts([Prefetch(site.charger.pk, UID, NOON), Prefetch(0, UID, NOON)]),
        pytest.raises(LookupError),
    ):
        ask(type(site.charger)(pk=0), UID)


def test_it_runs_behind_a_pooler(site, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)

    with prefetch.load_facts([Prefetch(site.charger.pk, UID, NOON), Prefetch(site.charger.pk, NOBODY, NOON)]):
        site.residents.properties.clear()
        assert ask(site.charger, UID).verdict == "accepted"
