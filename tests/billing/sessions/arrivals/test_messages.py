"""Guests are written to once before they arrive: by their system, by mail, or by the host's own hand."""

import ipaddress
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from authorization.models import Stay
from billing.models import ArrivalPolicy, StayMessage
from billing.sessions.arrivals import messages, texts
from tests.kit import bookings
from tests.kit import site as sites
from tests.kit.bookings import DAY, HOUR, booking, now
from tests.kit.connected_systems import connect
from tests.kit.messages import coming, delivering, site
from tests.kit.property_systems import standing

__all__ = ["delivering", "site"]
pytestmark = pytest.mark.django_db
State = StayMessage.State


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as stubs:
        yield stubs


def written() -> StayMessage:
    return StayMessage.objects.get()


def test_a_real_address_gets_a_mail_once_with_link_time_price_and_chargers(site, delivering):
    stay = coming(site)

    for _ in range(3):
        messages.write_due(now=now())
        messages.send_due(now=now())

    [sent] = mail.outbox
    stay.refresh_from_db()
    assert (sent.to, sent.subject) == (["melanie@example.com"], "Charging your car at Sunset 1")
    assert f"/stay/{stay.link_key}/" in sent.body
    assert "Hello Melanie," in sent.body
    assert "S-CP1" in sent.body
    assert "What it costs: Charging is included in your stay." in sent.body
    assert "enter your code HMABC12345." in sent.body
    assert (written().state, written().channel) == (State.SENT, "email")


class TakesNobody(BaseEmailBackend):
    """A mail server that answers and accepts no recipient."""

    def send_messages(self, email_messages):
        return 0


def test_a_mail_that_the_server_takes_for_nobody_is_not_called_sent(site, settings):
    settings.EMAIL_BACKEND = f"{__name__}.TakesNobody"
    coming(site)

    messages.write_due(now=now())
    messages.send_due(now=now())

    assert (written().state, written().failure) == (State.WAITING, "The mail server took no recipient.")


@pytest.mark.parametrize("email", ["x-1@guest.airbnb.com", "a@guest.booking.com", "b@sub.messages.homeaway.com", ""])
def test_what_a_channel_hides_is_the_hosts_to_copy(site, email):
    coming(site, guest_email=email)

    messages.write_due(now=now())
    messages.send_due(now=now())

    assert (written().state, written().channel, written().address) == (State.TO_COPY, "copy", "")
    assert not mail.outbox


@pytest.mark.parametrize(
    "fields",
    [
        {"arrives_at": now() + 3 * DAY, "departs_at": now() + 5 * DAY},
        {"cancelled_at": now()},
        {"arrives_at": now() - 5 * DAY, "departs_at": now() + DAY},
    ],
)
def test_nobody_is_written_to_too_early_too_late_or_about_a_cancelled_booking(site, fields):
    coming(site, **fields)

    messages.write_due(now=now())

    assert not StayMessage.objects.exists()


def test_a_host_who_chose_none_writes_to_nobody(site):
    ArrivalPolicy.objects.update(is_enabled=False)
    coming(site)

    assert messages.write_due(now=now()) == 0


def test_a_booking_that_is_cancelled_in_between_is_not_written_to(site, delivering):
    stay = coming(site)
    messages.write_due(now=now())
    Stay.objects.filter(pk=stay.pk).update(cancelled_at=now())

    messages.send_due(now=now())

    assert (written().state, mail.outbox) == (State.WITHDRAWN, [])


def test_guesty_and_hospitable_pass_it_on(site, systems):
    for kind, key in (("guesty", "g-1"), ("hospitable", "h-1")):
        source = connect(site, kind, systems.url)
        booking(source, site.property, site.unit, code=f"CODE{key}", external_key=key, arrives_at=now() + HOUR)
    systems.conversations["g-1"] = "conversation-7"

    messages.write_due(now=now())
    messages.send_due(now=now())

    assert {key for key, _text in systems.messages} == {"conversation-7", "h-1"}
    assert all("/stay/" in text for _key, text in systems.messages)
    assert set(StayMessage.objects.values_list("state", "channel")) == {("sent", "system")}


def test_what_the_system_refuses_goes_by_mail_with_its_reason(site, systems, delivering):
    source = connect(site, "hospitable", systems.url)
    booking(source, site.property, site.unit, code="CODEH1", external_key="h-1", arrives_at=now() + HOUR)
    systems.broken.append((403, {}, b"{}"))
    messages.write_due(now=now())

    messages.send_due(now=now())
    messages.send_due(now=now())

    assert (written().state, written().channel) == (State.SENT, "email")
    assert len(mail.outbox) == 1


def test_too_many_requests_wait_and_are_sent_later(site, systems):
    source = connect(site, "hospitable", systems.url)
    booking(source, site.property, site.unit, code="CODEH1", external_key="h-1", arrives_at=now() + HOUR)
    systems.broken.append((429, {"Retry-After": "30"}, b"{}"))
    messages.write_due(now=now())

    messages.send_due(now=now())
    assert (written().state, systems.messages) == (State.WAITING, [])
    messages.send_due(now=now() + timedelta(minutes=2))

    assert (written().state, len(systems.messages)) == (State.SENT, 1)


def test_what_was_cut_off_on_its_way_to_the_system_is_not_sent_twice(site, systems):
    source = connect(site, "hospitable", systems.url)
    booking(source, site.property, site.unit, code="CODEH1", external_key="h-1", arrives_at=now() + HOUR)
    messages.write_due(now=now())
    StayMessage.objects.update(state=State.SENDING, claimed_until=now() - HOUR, attempts=1)

    messages.send_due(now=now())

    assert (written().state, systems.messages) == (State.UNKNOWN, [])


def test_a_system_that_is_away_leaves_it_perhaps_sent(site, systems):
    source = connect(site, "hospitable", "http://127.0.0.1:9")
    booking(source, site.property, site.unit, code="CODEH1", external_key="h-1", arrives_at=now() + HOUR)
    messages.write_due(now=now())

    messages.send_due(now=now())

    assert written().state == State.UNKNOWN
    assert written().failure


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_the_usual_words_are_whole_in_five_languages(site, language):
    stay = coming(site)

    words = messages.preview(stay, language=language, now=now())

    assert "{" not in words.text + words.subject
    assert "Melanie" in words.text
    texts.check(texts.usual_words(language).text)


def test_a_guest_without_a_name_or_code_reads_no_gaps(site):
    stay = coming(site, guest_name="", code="X1")
    stay.reference = ""

    text = messages.preview(stay, language="en", now=now()).text

    assert text.startswith("Hello,")
    assert "code ." not in text


def test_a_booking_with_two_cards_gets_one_message(site, delivering):
    for number in range(2):
        token = sites.own_token(site, f"04FFEE000{number}")
        Stay.objects.create(
            property=site.property, token=token, reference="R-77", arrives_at=now() + HOUR, departs_at=now() + DAY,
            **bookings.MELANIE,
        )  # fmt: skip

    messages.write_due(now=now())

    assert StayMessage.objects.count() == 1
