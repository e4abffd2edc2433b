"""The pages on which agents connect a partner, look at what was exchanged, and try things out."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, User
from billing.models import RoamingConnection, RoamingExchange
from tests.billing.roaming.conftest import (  # noqa: F401 - fixtures
    connect,
    host,
    msp,
    ours,
    partner,
    roaming_session,
    site,
    work,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fresh_log_in]
PAGE = "/authorization/providers/NL-EMS/connection/"
TOKEN = {
    "country_code": "NL", "party_id": "EMS", "uid": "04A1B2C3D4", "type": "RFID", "contract_id": "C1", "valid": True,
    "issuer": "Example eMSP", "whitelist": "ALLOWED", "last_updated": "2026-03-10T12:00:00Z",
}  # fmt: skip


@pytest.fixture
def client(client_of):
    return client_of(User.objects.create(email="agent@example.com", is_agent=True))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_an_unknown_partner_is_a_404(client, msp):  # noqa: F811
    assert client.get(PAGE).status_code == 200
    assert client.get("/authorization/providers/NL-XXX/connection/").status_code == 404


def test_the_wizard_shows_each_step(client, ours, msp, partner, site):  # noqa: F811
    page = text(client.post(PAGE, {"act": "connect", "versions_url": f"{partner.url}/ocpi/versions"}))

    assert "Example eMSP speaks OCPI 2.2.1, and so do we." in page
    assert "Example eMSP is connected by OCPI 2.2.1" in page
    assert RoamingConnection.objects.get().is_registered
    assert AuditEntry.objects.filter(verb="provider.connect_asked").count() == 1


def test_a_failed_step_says_why_and_nothing_is_connected(client, ours, msp, partner):  # noqa: F811
    partner.faults["/ocpi/versions"] = ["500", "500"]
    page = text(client.post(PAGE, {"act": "connect", "versions_url": f"{partner.url}/ocpi/versions"}))
    assert "failed Example eMSP answered 500" in page
    assert not RoamingConnection.objects.get().is_registered


def test_a_private_address_is_refused_in_the_form(client, msp, settings):  # noqa: F811
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    page = text(client.post(PAGE, {"act": "connect", "versions_url": "http://10.0.0.1/ocpi/versions"}))
    assert "This address is private" in page
    assert RoamingExchange.objects.count() == 0


def test_a_token_a_is_shown_and_opens_the_door(client, ours, msp, partner):  # noqa: F811
    page = client.post(PAGE, {"act": "invite"}).content.decode()
    token = re.search(r'Token A</dt><dd class="mono wrap">([^<]+)<', page)[1]
    assert partner.register(f"{ours}/ocpi/versions", token_a=token).json()["status_code"] == 1000
    assert token not in client.get(PAGE).content.decode()


def test_it_says_what_is_shared_and_what_is_missing(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    work()
    page = text(client.get(PAGE))
    assert "2 available" in page
    assert "plain" in page


def test_the_journal_is_searched_by_its_ids_and_shows_no_token(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    work()
    row = RoamingExchange.objects.filter(module="locations").get()
    found = text(client.get(f"{PAGE}exchanges/?q={row.request_id}"))
    assert "locations/NL/SUN/sunset-1" in found
    assert "tariffs" not in found.partition("Took")[2]

    page = client.get(f"{PAGE}exchanges/{RoamingExchange.objects.get(method='POST').pk}/").content.decode()
    assert partner.peer_token not in page
    assert "••••" in page


def test_an_exchange_is_sent_again(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    work()
    row = RoamingExchange.objects.filter(module="locations").get()
    partner.objects.clear()

    page = text(client.post(f"{PAGE}exchanges/{row.pk}/", follow=True))

    assert "Sent again. Example eMSP took it." in page
    assert len(partner.held("locations")) == 1
    assert RoamingExchange.objects.get(repeats=row.pk).http_status == 201


def test_a_handshake_is_not_sent_again_by_its_parts(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    row = RoamingExchange.objects.get(method="POST")
    page = text(client.post(f"{PAGE}exchanges/{row.pk}/"))
    assert "A handshake is repeated as a whole" in page


def test_the_test_console(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    work()

    def tried(trial, value=""):
        return text(client.post(PAGE, {"act": "try", "trial": trial, "value": value}))

    assert "answered 200, OCPI 1000" in tried("tokens")
    assert "Example eMSP answered 404" in tried("authorize", "04A1B2C3D4")
    assert "answered 200, OCPI 1000" in tried("location", "sunset-1")
    assert "is not shared with this partner" in tried("location", "nowhere")
    session = roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=2))
    page = tried("cdr", str(session.pk))
    assert "agrees Priced again by the tariff in it: 5.9000" in page
    assert "has no session with that id" in tried("cdr", "nothing")
    assert partner.held("cdrs") == []


def test_the_docket_is_empty_where_nothing_deviates(client, ours, msp, partner, site):  # noqa: F811
    assert "Nothing was exchanged with Example eMSP yet." in text(client.get(f"{PAGE}docket/"))
    connect(msp)
    work()

    page = text(client.get(f"{PAGE}docket/"))

    count = RoamingExchange.objects.count()
    since = RoamingExchange.objects.order_by("id")[0].at
    assert f"Nothing found {count} exchanges since {since:%-d %b %Y, %H:%M} UTC follow OCPI." in page
    assert "The newest 1,000 exchanges are examined." in page


def test_the_docket_names_the_clause_who_is_wrong_and_has_a_mail_ready(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    partner.is_base64 = False
    partner.ask("GET", "tariffs")
    row = RoamingExchange.objects.get(module="tariffs")

    response = client.get(f"{PAGE}docket/")

    page = text(response)
    assert "1 kind of deviation from OCPI" in page
    assert "Example eMSP has to change The token is sent without base64" in page
    assert "Clause OCPI 2.2.1, 4.1.2 Authorization header" in page
    assert "Who is wrong the partner What we did tolerated We recognise the token in clear, too." in page
    assert "Where header Authorization = plain" in page
    assert f"{PAGE}exchanges/{row.pk}/" in response.content.decode()
    assert f"X-Request-ID: {row.request_id}" in page
    assert "Subject OCPI 2.2.1: The token is sent without base64" in page
    assert 'href="mailto:?subject=OCPI%202.2.1%3A%20The%20token' in response.content.decode()
    assert partner.peer_token not in response.content.decode()

    exchange = text(client.get(f"{PAGE}exchanges/{row.pk}/"))
    assert "Not as OCPI says The token is sent without base64 OCPI 2.2.1, 4.1.2 Authorization header" in exchange


def test_what_is_ours_and_what_is_allowed_has_no_mail(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    body = {"uid": "04a1b2c3d4"}
    partner.ask("PUT", "tokens", "nl", "ems", "04A1B2C3D4", body=TOKEN | body)
    RoamingExchange.objects.filter(module="tokens").update(answer='{"status_code": 1000}')

    page = text(client.get(f"{PAGE}docket/"))

    assert "2 kinds of deviation" in page
    assert "We have to change An answer without timestamp" in page
    assert "Who is wrong we" in page
    assert "Nobody has to change An id is written in another case" in page
    assert "Mail to" not in page


def test_an_agent_ends_the_connection(client, ours, msp, partner, site):  # noqa: F811
    connect(msp)
    page = text(client.post(PAGE, {"act": "disconnect"}, follow=True))
    assert "Example eMSP is no longer connected." in page
    assert "not connected" in page
