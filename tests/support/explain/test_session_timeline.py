"""A session's timeline with all that belongs to it: messages, other back offices, the stay, commands ..."""

import re
from dataclasses import replace
from datetime import timedelta

from billing.models import Rating, Session
from billing.sessions.settlement import settle
from chargers.transactions import recording
from support.explain import timeline
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.sessions_pages import moments, page, priced

__all__ = ["priced"]


def test_it_tells_what_happened_by_kind_with_counts_and_in_order(priced, client_of):
    client, session = client_of(priced.owner), charging.guest(priced.charger)

    text = moments(client, session)

    charged = [
        "The session was opened",
        "The charger began a transaction",
        "Energy flows",
        "It was stopped at the charger, without a card",
        "The plug was out",
    ]
    paid = [
        "A hold of $40.00 was asked for",
        "Provisional price: $9.00",
        "Final price: $9.00",
        "$9.00 was captured, $31.00 released",
    ]
    for steps in (charged, paid):
        assert [step for step in steps if step not in text] == []
        assert sorted(steps, key=text.index) == steps
    assert text.index(charged[-1]) < text.index(paid[0])
    assert "A car was plugged in" in text
    counts = dict(re.findall(r'<summary><strong>(.*?)</strong> <span class="chip">(\d+)</span>', text))
    assert list(counts)[:3] == ["Charging", "Money", "Access"]
    money = text[text.index('id="moments-money"') :].partition("</details>")[0]
    assert int(counts["Money"]) == money.count("<tr>") - 1
    assert f'hx-get="/support/sessions/{session.pk}/"' in page(client, session)


def test_neighbours_at_a_connector_keep_their_own_events(priced):
    def words(session):
        return [(one.at - YESTERDAY, one.status) for one in timeline.load(session).statuses]

    def minutes(number, **more):
        return timedelta(minutes=number, **more)

    charger = priced.charger
    cut = charging.start(charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.report(charger, "SuspendedEV", at=YESTERDAY + minutes(2))
    after = charging.start(charger, uid="04A1B2C3D4", at=YESTERDAY + minutes(5))
    own = [(minutes(-1), "Preparing"), (minutes(0, seconds=10), "Charging"), (minutes(2), "SuspendedEV")]
    others = [(minutes(4), "Preparing"), (minutes(5, seconds=10), "Charging")]
    recording.end_unstopped(charger, evse_number=1, before=after.started_at)

    first, second = (Session.objects.get(transaction=row) for row in (cut, after))
    assert (words(first), words(second)) == (own, others)

    charging.report(charger, "Available", at=YESTERDAY + minutes(3))
    settle.catch_up(now=YESTERDAY + minutes(6))

    first.refresh_from_db()
    assert first.unplugged_at == YESTERDAY + minutes(3)
    assert (words(first), words(second)) == ([*own, (minutes(3), "Available")], others)


def test_what_happened_says_why_a_session_is_held_as_the_top_of_the_page_does(priced):
    history = timeline.load(charging.guest(priced.charger))
    evidence = "This session is another start under one payment."
    doubt = {"code": "paid_once", "evidence": evidence}
    rating = Rating(held=[doubt], currency="USD", total_minor=0, energy_wh=0, created_at=YESTERDAY)

    sentences = {moment.sentence for moment in timeline.moments(replace(history, ratings=[rating]))}

    assert f"Held for review, nothing is billed: {evidence}" in sentences
