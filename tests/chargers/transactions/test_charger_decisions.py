"""What a charger decided by itself is written down once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Charger, OwnAct
from chargers.transactions import charger_decisions
from chargers.transactions.charger_decisions import OwnDecision

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(charger: Charger, kind: OwnAct.Kind, *, at: datetime = NOON, **facts) -> None:
    decision = OwnDecision(kind=kind, id_token="04A1B2C3D4", detail="It began by itself.", at=at, **facts)
    charger_decisions.record(charger, decision, now=at)


def test_a_repeat_changes_nothing(charger: Charger):
    decision_id = uuid.uuid4()
    for _ in range(2):
        record(charger, OwnAct.Kind.NOT_STARTED, decision_id=decision_id)

    assert OwnAct.objects.count() == 1


def test_long_texts_are_cut(charger: Charger):
    facts = OwnDecision(kind=OwnAct.Kind.OFFLINE, id_token="x" * 300, detail="y" * 300, at=NOON)

    charger_decisions.record(charger, facts, now=NOON)

    assert (len(OwnAct.objects.get().id_token), len(OwnAct.objects.get().detail)) == (255, 255)


def test_the_newest_of_each_kind_is_shown_with_how_many_there_were(charger: Charger, other_charger: Charger):
    record(charger, OwnAct.Kind.OFFLINE, at=NOON - 3 * HOUR)
    record(charger, OwnAct.Kind.OFFLINE, at=NOON - HOUR)
    record(charger, OwnAct.Kind.OFFLINE, at=NOON - 9 * HOUR)
    record(charger, OwnAct.Kind.AGAINST, at=NOON - 2 * HOUR)
    record(other_charger, OwnAct.Kind.WITHOUT)

    newest = charger_decisions.newest(charger, since=NOON - 4 * HOUR)

    assert [(act.kind, act.at, count) for act, count in newest] == [
        (OwnAct.Kind.OFFLINE, NOON - HOUR, 2),
        (OwnAct.Kind.AGAINST, NOON - 2 * HOUR, 1),
    ]


def test_of_a_decision_s_acts_the_newest_counts(charger: Charger):
    decision_id = uuid.uuid4()
    record(charger, OwnAct.Kind.NOT_STARTED, decision_id=decision_id)
    record(charger, OwnAct.Kind.AGAINST, decision_id=decision_id)
    record(charger, OwnAct.Kind.OFFLINE)

    acts = charger_decisions.of_decisions([decision_id, uuid.uuid4()])

    assert {key: act.kind for key, act in acts.items()} == {decision_id: OwnAct.Kind.AGAINST}
    assert charger_decisions.of_decisions([]) == {}
