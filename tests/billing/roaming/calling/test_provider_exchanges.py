"""Live validations and fetches of token lists stand in the journal of the connected partner, and in its docket."""

from datetime import UTC, datetime

import pytest

from authorization import tasks
from authorization.models import IssuerQuestion, MobilityProvider, Token
from authorization.roaming import questions, token_sync
from authorization.roaming.questions import Card
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.calling import provider_exchanges
from billing.roaming.docket import report
from billing.roaming.partners import connections
from tests.billing.roaming.conftest import connect, connection_of
from tests.kit.exchanges import token

pytestmark = pytest.mark.django_db(transaction=True)


def validate(msp, site) -> RoamingExchange | None:
    """Asks the provider about its card at a charger, as a worker does."""
    Token.objects.get_or_create(msp=msp, uid="04A1B2C3D4", canonical_uid="04A1B2C3D4", whitelist="NEVER")
    RoamingExchange.objects.all().delete()
    card = Card(charger=site.charger, canonical_uid="04A1B2C3D4", msp="NL-EMS")
    opened = questions.open_(card, message_id="", now=datetime.now(tz=UTC))
    tasks.ask_provider(str(opened.question_id))
    return RoamingExchange.objects.first()


def test_a_live_validation_is_recorded_as_it_was_sent(ours, msp, partner, site):
    connect(msp)
    partner.cards = [token()]

    row = validate(msp, site)

    assert (row.direction, row.module, row.method, row.version) == ("out", "tokens", "POST", "2.2.1")
    assert row.url.endswith("/ocpi/2.2.1/tokens/04A1B2C3D4/authorize?type=RFID")
    assert (row.http_status, row.ocpi_status, row.failure) == (200, 1000, "")
    assert row.headers["Authorization"] == "Token •••• (base64)"
    assert row.headers["OCPI-to-party-id"] == "EMS"
    assert row.answer_headers["x-request-id"] == row.request_id
    assert '"location_id": "sunset-1"' in row.request
    assert IssuerQuestion.objects.get().word == "ALLOWED"
    assert report.compile_docket(connection_of(msp)).entries == []


def test_what_the_provider_answers_wrongly_is_in_the_docket(ours, msp, partner, site):
    connect(msp)
    partner.cards = [token()]
    partner.faults["/ocpi/2.2.1/tokens"] = ["list"]

    validate(msp, site)

    (entry,) = report.compile_docket(connection_of(msp)).entries
    assert entry.clause.code == "envelope.list_wrapped"
    assert "04A1B2C3D4" not in entry.example.url + entry.example.answer_excerpt


def test_an_answer_that_never_came_is_recorded_with_its_cause(ours, msp, partner, site):
    connect(msp)
    MobilityProvider.objects.update(authorize_url="http://127.0.0.1:1/tokens")

    row = validate(msp, site)

    assert (row.http_status, row.answer_headers) == (None, None)
    assert row.failure.startswith("could not be reached")
    assert IssuerQuestion.objects.get().state == "no_answer"


def test_every_page_of_a_token_list_is_recorded(ours, msp, partner, site):
    connect(msp)
    partner.cards = [token(uid=f"04A1B2C3D{number}") for number in range(5)]
    partner.page_size = 2
    RoamingExchange.objects.all().delete()
    assert token_sync.request(msp, now=datetime.now(tz=UTC))

    assert tasks.resync_providers() == 1

    rows = RoamingExchange.objects.order_by("id")
    assert [row.answer_headers["x-total-count"] for row in rows] == ["5"] * 3
    assert [("link" in row.answer_headers) for row in rows] == [True, True, False]
    assert report.compile_docket(connection_of(msp)).entries == []


def test_a_role_of_a_platform_is_recorded_with_the_platform(ours, msp, partner, site):
    connect(msp)
    RoamingConnection.objects.update(roles=[{"role": "EMSP", "country_code": "DE", "party_id": "EM2"}])
    other = MobilityProvider.objects.create(country_code="DE", party_id="EM2", name="Another")
    msp.refresh_from_db()
    other.authorize_url, other.authorize_token_encrypted = msp.authorize_url, msp.authorize_token_encrypted
    other.save()
    RoamingExchange.objects.all().delete()
    assert token_sync.request(other, now=datetime.now(tz=UTC))

    tasks.resync_providers()

    assert RoamingExchange.objects.get().connection == connection_of(msp)


def test_a_provider_without_a_connection_has_no_journal(ours, msp, partner, site):
    connect(msp)
    partner.cards = [token()]
    RoamingConnection.objects.update(registered_at=None)

    assert validate(msp, site) is None
    assert IssuerQuestion.objects.get().word == "ALLOWED"


def test_an_answer_counts_though_it_cannot_be_recorded(ours, msp, partner, site, monkeypatch, caplog):
    connect(msp)
    partner.cards = [token()]

    def fail(*_args, **_options):
        raise RuntimeError

    monkeypatch.setattr(provider_exchanges, "record", fail)

    assert validate(msp, site) is None
    assert IssuerQuestion.objects.get().word == "ALLOWED"
    assert "is missing in its journal" in caplog.text
    assert connections.of_provider(msp).is_registered
