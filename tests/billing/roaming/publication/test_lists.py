"""Lists that a partner pulls, page by page, and what is wrong with what it asks."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from authorization.models import MobilityProvider
from billing.models import Rate, RateAssignment, RateVersion, RoamingConnection
from chargers.models import Charger, Connector, Evse, Host, Property
from tests.billing.roaming.conftest import NOW, connect, roaming_session, work
from tests.kit import ocpi_tables

pytestmark = pytest.mark.django_db(transaction=True)

ROUTE_TO_SUN = {"OCPI_to_country_code": "nl", "OCPI_to_party_id": "sun"}


@pytest.fixture(autouse=True)
def connected(ours, msp, partner, site):
    connect(msp)
    for number in range(2, 8):
        copy = Property.objects.get(slug="sunset-1")
        copy.pk, copy.slug, copy.name = None, f"sunset-{number}", f"Sunset {number}"
        copy.save()
        charger = Charger.objects.create(charger_id=f"CP{number}", station_id=f"SUN00{number}", property=copy)
        evse = Evse.objects.create(charger=charger, number=1)
        Connector.objects.create(evse=evse, number=1, standard="IEC_62196_T2", max_power_w=11000)


def walk(partner, module, query=""):
    """Every page, by the links as they are written."""
    url, bodies, pages = partner.endpoint(module) + query, [], 0
    while url:
        response = partner.call("GET", url)
        assert response.json()["status_code"] == 1000
        bodies += response.json()["data"]
        pages += 1
        link = response.headers.get("Link", "")
        url = link.partition("<")[2].partition(">")[0]
    return bodies, pages


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
@pytest.mark.parametrize(("module", "kind"), [("locations", "Location"), ("tariffs", "Tariff")])
def test_every_object_comes_once_over_several_pages(partner, version, module, kind, ours):
    partner.peer["endpoints"] = [{"identifier": module, "url": f"{ours}/ocpi/{version}/{module}"}]
    bodies, pages = walk(partner, module, "?limit=3")
    expected = (7, 3) if module == "locations" else (1, 1)
    assert (len({body["id"] for body in bodies}), pages) == expected
    for body in bodies:
        ocpi_tables.check(kind, body, version=version, complaints=partner.complaints)
    assert partner.complaints == []


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_sessions_and_cdrs_are_pulled(partner, msp, site, version, ours):
    RoamingConnection.objects.update(cdrs_from=NOW)
    for hours in (5, 3):
        session = roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=hours))
        assert session.state == "settled"
    for module, kind in (("sessions", "Session"), ("cdrs", "CDR")):
        partner.peer["endpoints"] = [{"identifier": module, "url": f"{ours}/ocpi/{version}/{module}"}]
        bodies, pages = walk(partner, module, "?limit=1&date_from=2020-01-01T00:00:00Z")
        assert (len(bodies), pages) == (2, 2)
        for body in bodies:
            ocpi_tables.check(kind, body, version=version, complaints=partner.complaints)
    assert partner.complaints == []


def test_a_page_does_not_shift_when_something_changes_meanwhile(partner):
    first = partner.call("GET", partner.endpoint("locations") + "?limit=4")
    Connector.objects.filter(evse__charger__charger_id="CP1").update(status="Charging")
    work()
    second = partner.call("GET", partner.endpoint("locations") + "?limit=4&offset=4")
    both = [body["id"] for response in (first, second) for body in response.json()["data"]]
    assert sorted(both) == sorted(set(both))
    assert len(both) == 7


def test_date_from_is_inclusive_and_date_to_exclusive(partner):
    (body, *_), _ = walk(partner, "locations")
    at = body["last_updated"]
    ids = {each["id"] for each in walk(partner, "locations", f"?date_from={at}")[0]}
    assert body["id"] in ids
    ids = {each["id"] for each in walk(partner, "locations", f"?date_to={at}")[0]}
    assert body["id"] not in ids


def test_a_huge_limit_is_ours_and_said_so(partner):
    response = partner.call("GET", partner.endpoint("locations") + "?limit=1e9")
    assert (response.headers["X-Limit"], response.headers["X-Total-Count"]) == ("1000", "7")
    assert "Link" not in response.headers


@pytest.mark.parametrize("query", ["?limit=0", "?limit=many", "?offset=-1", "?date_from=yesterday", "?date_to=now"])
def test_a_wrong_parameter_is_named_in_a_200(partner, query):
    response = partner.call("GET", partner.endpoint("locations") + query)
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)
    assert response.json()["status_message"].startswith(query[1:].partition("=")[0])


@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00", "2020-01-01 00:00:00Z", "2020-01-01T01:00:00%2B01:00"])
def test_odd_dates_are_understood(partner, moment):
    assert len(walk(partner, "locations", f"?date_from={moment}")[0]) == 7


def test_sessions_need_date_from(partner):
    response = partner.call("GET", partner.endpoint("sessions"))
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)


def test_a_slash_at_the_end_changes_nothing(partner):
    assert partner.call("GET", partner.endpoint("locations") + "/").status_code == 200


def test_one_location_evse_and_connector_in_any_case(partner):
    url = partner.endpoint("locations")
    assert partner.call("GET", f"{url}/SUNSET-1").json()["data"]["id"] == "sunset-1"
    assert partner.call("GET", f"{url}/sunset-1/cp1-2").json()["data"]["uid"] == "CP1-2"
    assert partner.call("GET", f"{url}/sunset-1/CP1-2/2").json()["data"]["standard"] == "IEC_62196_T2"
    for path in ("nowhere", "sunset-1/CP9", "sunset-1/CP1-1/9"):
        response = partner.call("GET", f"{url}/{path}")
        assert (response.status_code, response.json()["status_code"]) == (404, 2003)


def test_the_host_is_chosen_by_the_routing_header(partner):
    other = Host.objects.create(
        slug="har", name="Har", currency="EUR", country="DE", ocpi_country_code="DE", ocpi_party_id="HAR"
    )
    Property.objects.filter(slug="sunset-7").update(host=other)
    everything = partner.call("GET", partner.endpoint("locations")).json()["data"]
    own = partner.call("GET", partner.endpoint("locations"), **ROUTE_TO_SUN).json()["data"]
    assert (len(everything), len(own)) == (7, 6)
    unknown = {"OCPI_to_country_code": "FR", "OCPI_to_party_id": "XXX"}
    assert partner.call("GET", partner.endpoint("locations"), **unknown).status_code == 404


def test_a_stranger_sees_nothing(ours):
    for path in ("locations", "sessions", "cdrs", "tariffs", "tokens/NL/EMS/X", "nothing"):
        response = httpx.get(f"{ours}/ocpi/2.2.1/{path}", headers={"Authorization": "Token nobody"})
        assert (response.status_code, response.json()["status_code"]) == (401, 2000)


def test_an_unknown_address_and_method(partner, ours):
    assert partner.call("GET", f"{ours}/ocpi/2.2.1/nothing").status_code == 404
    assert partner.call("POST", partner.endpoint("cdrs"), body={}).status_code == 405


def test_sessions_of_another_partner_are_not_seen(partner, site):
    other = MobilityProvider.objects.create(country_code="DE", party_id="SLO", name="Slow")
    roaming_session(site, other, uid="DESLO001", at=datetime.now(tz=UTC) - timedelta(hours=2))
    assert walk(partner, "sessions", "?date_from=2020-01-01T00:00:00Z")[0] == []
    assert walk(partner, "cdrs")[0] == []


def test_a_rate_of_another_partner_is_not_seen(partner, site):
    other = MobilityProvider.objects.create(country_code="DE", party_id="SLO", name="Slow")
    rate = Rate.objects.create(host=site.host, slug="secret", name="Secret", currency="EUR")
    definition = {"energy": [{"name": "all day", "price": "0.10"}]}
    RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=NOW)
    RateAssignment.objects.create(rate=rate, property=site.place, audience="roaming", msp=other)
    assert [body["id"] for body in walk(partner, "tariffs")[0]] == ["plain"]
    locations = walk(partner, "locations")[0]
    assert "secret" not in str(locations)
