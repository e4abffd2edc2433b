"""A session's line on the bill of a stay: taken back, or tried again, by who handles money."""

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import FolioCharge
from billing.sessions.folios import acts
from tests.kit import site as sites
from tests.kit.bookings import booking, charged, connection, now
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db
State = FolioCharge.State


@pytest.fixture
def site():
    return sites.build()


@pytest.fixture
def owner(site):
    return make_user("folio-owner@example.com", site.host, "owner")


def line(site, state: str) -> FolioCharge:
    source = connection(site.host)
    stay = booking(source, site.property, None, code="HM1")
    session = charged(site, stay)
    return FolioCharge.objects.create(
        session=session, stay=stay, connection=source, key=str(session.pk), booking_key="HM1", text="Charging",
        amount_minor=434, currency="USD", state=state, created_at=now(), due_at=now(),
        **({"charged_at": now(), "external_ref": "42"} if state == State.CHARGED else {}),
    )  # fmt: skip


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_line_on_the_bill_is_taken_back_once(site, owner):
    charge = line(site, State.CHARGED)

    asked = [acts.take_back(charge, by=owner, now=now()) for _ in range(2)]

    charge.refresh_from_db()
    assert (asked, charge.state, verbs()) == ([True, False], State.UNDOING, ["folio.taken_back"])


def test_a_refused_line_is_tried_again_and_no_other(site, owner):
    charge = line(site, State.REFUSED)

    asked = [acts.try_again(charge, by=owner, now=now()) for _ in range(2)]

    assert (asked, verbs()) == ([True, False], ["folio.tried_again"])


def test_a_total_is_reached_through_its_sessions(site, owner):
    charge = line(site, State.CHARGED)
    charge.session = None

    with pytest.raises(ValueError, match="no session of its own"):
        acts.take_back(charge, by=owner, now=now())


def test_who_does_not_handle_money_changes_no_bill(site):
    reader = make_user("folio-reader@example.com", site.host, "read_only")
    charge = line(site, State.CHARGED)

    for act in (acts.take_back, acts.try_again):
        with pytest.raises(NotAllowedError):
            act(charge, by=reader, now=now())

    charge.refresh_from_db()
    assert (charge.state, verbs()) == (State.CHARGED, [])
