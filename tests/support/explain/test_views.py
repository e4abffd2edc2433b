"""Timelines: one order of everything, filtered, as CSV; redacted and for a while for who is outside."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, Membership, Opinion, Stay, User
from billing.models import Session
from chargers.lib import ids
from chargers.models import Property
from support.explain import export, session_timeline, timeline
from support.explain.timeline import Moment
from support.models import TimelineLink
from tests.kit import charging, payouts, sent_payouts
from tests.kit.explain_pages import ClientOf, full, now, text_of
from tests.kit.world import World, tap

__all__ = ["full"]
pytestmark = pytest.mark.django_db
PAGE = "/support/chargers/CP1/"


@pytest.fixture
def paid(world: World) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def test_a_charger_s_timeline_is_part_of_its_activity(world: World, client_of: ClientOf):
    found = text_of(client_of(world.owner).get(PAGE))

    assert f'<a href="{PAGE}" aria-current="true">Activity</a>' in found
    assert f'<a href="{PAGE}" aria-current="page">Timeline</a>' in found


def test_an_agent_sees_tickets_too(full: World, client_of: ClientOf):
    assert "was opened: The charger is offline" in text_of(client_of(full.agent).get(PAGE))


def test_it_is_exported_without_formulas(full: World, client_of: ClientOf):
    answer = client_of(full.owner).get(f"{PAGE}?as=csv")

    assert answer["Content-Type"].startswith("text/csv")
    assert "Connector 1 is Faulted,Status," in answer.content.decode()
    assert export.as_csv([Moment(now(), "ok", "=1+1", "Status")]).splitlines()[1].endswith(b",'=1+1,Status,")


def test_the_manufacturer_s_link_shows_the_hardware_and_no_person(full: World, client_of: ClientOf):
    page = text_of(client_of(full.owner).post(PAGE))
    secret = page.split("/support/shared/")[1].split("/")[0]

    found = text_of(Client().get(f"/support/shared/{secret}/"))

    assert "Connector 1 is Faulted" in found
    assert "Restart: Accepted by the charger" in found
    for hidden in ("FFFFFFFF", "owner@example.com", "T-1", "/authorization/", "kim@example.com"):
        assert hidden not in found
    assert AuditEntry.objects.get(verb="charger.timeline_shared").actor == "user:owner@example.com"
    assert secret not in str(TimelineLink.objects.values().get())
    TimelineLink.objects.update(made_at=now() - timedelta(days=8), expires_at=now() - timedelta(seconds=1))
    assert Client().get(f"/support/shared/{secret}/").status_code == 404


def test_who_only_reads_makes_no_link(full: World, client_of: ClientOf):
    assert client_of(full.teammate).post(PAGE).status_code == 404
    assert "Make a link" not in text_of(client_of(full.teammate).get(PAGE))
    assert client_of(full.stranger).get(PAGE).status_code == 404


def test_a_session_s_timeline_and_the_part_of_its_page_show_the_same(paid: Session, world: World, client_of: ClientOf):
    charging.refund(paid)
    client = client_of(world.owner)

    address = f"/support/sessions/{paid.pk}/"
    page, alone = (text_of(client.get(address, headers=sent)) for sent in ({"HX-Request": "true"}, {}))

    for sentence in ("The charger began a transaction", "A refund of", "was captured", "E-mail"):
        assert sentence in page
        assert sentence in alone
    assert "every 10s" not in client.get(address, headers={"HX-Request": "true"}).content.decode()
    only = text_of(client.get(f"/support/sessions/{paid.pk}/?source=Payment"))
    assert "was captured" in only
    assert "The charger began a transaction" not in only


def test_the_part_of_a_running_session_s_page_follows_it(world: World, client_of: ClientOf):
    charging.start(world.charger, uid="04A1B2C3D4", at=charging.YESTERDAY)
    session = Session.objects.get()

    part = client_of(world.owner).get(f"/support/sessions/{session.pk}/", headers={"HX-Request": "true"})

    assert f'hx-get="/support/sessions/{session.pk}/" hx-trigger="every 10s"' in part.content.decode()


def test_a_session_s_timeline_names_its_messages_its_stay_and_other_back_offices(world: World, client_of: ClientOf):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    began = charging.YESTERDAY
    Stay.objects.create(
        property=world.site,
        token=world.member,
        reference="HM123",
        arrives_at=began - timedelta(days=1),
        departs_at=began + timedelta(days=2),
    )
    message = tap(world.charger, "04A1B2C3D4", at=began - timedelta(minutes=1))
    session = charging.charge(world.charger)
    Opinion.objects.create(
        id=ids.generate(now=began), decision_id=session.decision_id, voice="follower", name="Partner CSMS",
        accepted=False, status="Invalid", at=began,
    )  # fmt: skip

    found = text_of(client_of(world.owner).get(f"/support/sessions/{session.pk}/"))

    assert f"/chargers/CP1/logs/{message.pk}/" in found
    assert "The charger sent Authorize" in found
    assert "Partner CSMS answered Invalid" in found
    assert "The stay began" in found
    assert "HM123" in found


def test_a_session_s_timeline_leaves_out_the_card_s_session_before_and_folds_repeats(world: World):
    began = charging.YESTERDAY
    tap(world.charger, "04A1B2C3D4", at=began - timedelta(minutes=25))
    row = charging.start(world.charger, uid="04A1B2C3D4", at=began - timedelta(minutes=24))
    charging.finish(row, wh=1000, at=began - timedelta(minutes=10))
    first, *_ = (tap(world.charger, "04A1B2C3D4", at=began - timedelta(minutes=3 - one)) for one in range(3))
    session = charging.charge(world.charger)
    assert session.stopped_at is not None
    tap(world.charger, "04A1B2C3D4", at=session.stopped_at + timedelta(minutes=5))

    shown = [one for one in session_timeline.moments_of(timeline.load(session)) if one.source == "Message"]

    assert [one.url for one in shown] == [f"/chargers/CP1/logs/{first.pk}/"]
    assert ", 3 times until " in shown[0].sentence


def test_a_session_s_timeline_follows_its_money_to_the_payout(world: World, client_of: ClientOf):
    books = payouts.books("hillside")
    payout = sent_payouts.approved(books)
    session = Session.objects.get(host=books.host)
    owner = User.objects.get(email="stranger@example.com")
    Membership.objects.create(user=owner, host=books.host, role="owner")

    found = text_of(client_of(owner).get(f"/support/sessions/{session.pk}/"))

    assert f"It is in payout {payout.label}" in found
    assert f"/payouts/one/{payout.pk}/" in found


def test_a_session_s_timeline_is_only_for_who_sees_its_money(paid: Session, world: World, client_of: ClientOf):
    assert client_of(world.stranger).get(f"/support/sessions/{paid.pk}/").status_code == 404


def test_of_a_long_session_the_first_moments_are_shown_and_the_others_at_will(world: World, client_of: ClientOf):
    began = charging.YESTERDAY
    row = charging.start(world.charger, uid="04A1B2C3D4", at=began)
    for minute in range(1, 100):
        charging.report(world.charger, ("Charging", "SuspendedEV")[minute % 2], at=began + timedelta(minutes=minute))
    session = charging.finish(row, wh=1000, at=began + timedelta(hours=2))
    client, address = client_of(world.owner), f"/support/sessions/{session.pk}/"
    paused = "The car stopped taking energy"

    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    at_first = client.get(address, {"source": "Status"}).content.decode()
    more = re.search(r'<a class="button" href="([^"]+)">Show (\d+) more</a>', at_first)
    assert more is not None
    whole = client.get(f"{address}{html.unescape(more[1])}").content.decode()

    assert part.count(paused) <= 30
    assert f'<a href="{address}?all=1">Show' in part
    assert at_first.count("<tr>") + int(more[2]) == whole.count("<tr>")
    assert whole.count(paused) == 50
    assert " more</a>" not in whole
