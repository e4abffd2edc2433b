"""EVesto's article, reason by reason: a card is refused at a real charger, the portal says why, the host does what
the reason advises on the page that it links, and the same card is accepted.
"""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ApiKey, MobilityProvider, ReimbursementContract, Token
from chargers.lib import secrets
from chargers.models import Licence
from tests.kit.callers import Api, make_key
from tests.kit.gateway import Device
from tests.kit.portal import Portal, tap
from tests.kit.provider import Manner, Standing, standing
from tests.kit.worker import issuers_worker

pytestmark = pytest.mark.django_db(transaction=True)
VERSIONS = pytest.mark.parametrize(("version", "refused"), [("1.6", 0), ("2.0.1", 1)])


@pytest.fixture
def host_portal(gateway, charger) -> Portal:
    return Portal.of_owner(charger.property.host)


@pytest.fixture
def msp(charger) -> MobilityProvider:
    charger.property.access = "public_roaming"
    charger.property.save()
    return MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")


def foreign(msp: MobilityProvider, uid: str = "GOODCARD", **fields) -> Token:
    return Token.objects.create(msp=msp, uid=uid, canonical_uid=uid, **{"whitelist": "ALWAYS", **fields})


@VERSIONS
def test_1_an_unrecognized_card(gateway, host_portal, residents, version, refused):
    assert tap(gateway, "04DEADBEEF01", version=version) == ("Invalid", "Unknown")[refused]

    links = host_portal.explains("token_unknown")
    searched = host_portal.reads("/authorization/roaming/?q=04DEADBEEF01")
    add = next(link for link in links if link.startswith("/authorization/tokens/add/"))
    host_portal.does(add, uid="04DEADBEEF01", group=residents.pk)

    assert "04DEADBEEF01" in searched
    assert tap(gateway, "04DEADBEEF01", version=version) == "Accepted"


@VERSIONS
def test_1_a_card_that_is_listed_but_not_valid(gateway, host_portal, member, version, refused):
    Token.objects.update(valid=False)
    assert tap(gateway, member.uid, version=version) == ("Invalid", "Invalid")[refused]

    links = host_portal.explains("token_not_valid")
    page = next(link for link in links if link.startswith("/authorization/tokens/?q="))
    assert member.uid in host_portal.reads(page)
    host_portal.does(f"/authorization/tokens/{member.pk}/flags/", do="validate", reason="The resident is back")

    assert tap(gateway, member.uid, version=version) == "Accepted"


def test_1_a_foreign_card_that_is_not_valid_is_for_its_provider_to_act_on(gateway, host_portal, msp):
    foreign(msp, valid=False)
    assert tap(gateway, "GOODCARD") == "Invalid"

    host_portal.explains("token_not_valid")
    found = host_portal.reads("/authorization/roaming/?q=GOODCARD")
    assert "Example eMSP" in found
    Token.objects.update(valid=True)  # which its provider does

    assert tap(gateway, "GOODCARD") == "Accepted"


@VERSIONS
def test_2_a_charger_that_does_not_roam(gateway, host_portal, msp, charger, version, refused):
    foreign(msp)
    charger.property.access = "private"
    charger.property.save()
    assert tap(gateway, "GOODCARD", version=version) == ("Invalid", "NotAtThisLocation")[refused]

    links = host_portal.explains("not_public")
    page = next(link for link in links if link.startswith("/properties/sunset-1/"))
    host_portal.does(page.partition("#")[0], access="public_roaming")

    assert tap(gateway, "GOODCARD", version=version) == "Accepted"


@VERSIONS
def test_3_a_card_outside_the_local_group(gateway, host_portal, residents, version, refused):
    token = Token.objects.create(host=residents.host, uid="04AA", canonical_uid="04AA")
    assert tap(gateway, token.uid, version=version) == ("Invalid", "NotAtThisLocation")[refused]

    links = host_portal.explains("not_in_local_group")
    add = next(link for link in links if link.startswith("/authorization/tokens/add/"))
    assert "Add Token" in host_portal.reads(add)
    host_portal.does(add, uid=token.uid, group=residents.pk)

    assert tap(gateway, token.uid, version=version) == "Accepted"
    assert Token.objects.count() == 1, "the same card, now in the group"


@VERSIONS
def test_4_a_card_of_a_blocked_provider(gateway, host_portal, msp, version, refused):
    foreign(msp)
    host_portal.does("/authorization/providers/NL-EMS/block/?host=sunset", reason="Invoices unpaid")
    assert tap(gateway, "GOODCARD", version=version) == ("Invalid", "Blocked")[refused]

    links = host_portal.explains("msp_blocked")
    assert "/authorization/providers/" in {link.partition("?")[0] for link in links}
    host_portal.does("/authorization/providers/NL-EMS/unblock/?host=sunset", reason="Paid")

    assert tap(gateway, "GOODCARD", version=version) == "Accepted"


@VERSIONS
def test_5_a_reimbursement_card_that_is_not_set_up_for_this_charger(gateway, host_portal, charger, version, refused):
    host = charger.property.host
    token = Token.objects.create(host=host, uid="04FFEE0042", canonical_uid="04FFEE0042")
    contract = ReimbursementContract.objects.create(
        host=host,
        token=token,
        name="Kim, at home",
        employer="Acme",
        currency="USD",
        active_from=datetime.now(tz=UTC) - timedelta(days=1),
    )
    assert tap(gateway, token.uid, version=version) == ("Invalid", "NotAtThisLocation")[refused]

    links = host_portal.explains("reimbursement_not_linked")
    page = next(link for link in links if link.startswith("/authorization/reimbursement/"))
    assert "The charger is missing" in host_portal.reads(page)
    host_portal.does(f"/authorization/reimbursement/{contract.pk}/link/", charger="CP1")

    assert tap(gateway, token.uid, version=version) == "Accepted"


def test_6_a_start_by_an_app_where_roaming_is_off(gateway, host_portal, msp, charger):
    foreign(msp)
    charger.property.access = "guest"
    charger.property.save()
    app = Api(make_key(charger.property.host))

    async def with_charger(do):
        async with await Device.connect(gateway, "CP1") as device:
            answer = asyncio.create_task(asyncio.to_thread(do))
            call = await device.receive(within_s=3) if do is allowed else None
            if call is not None:
                await device.send(f'[3,"{call[1]}",{{"status":"Accepted"}}]')
            return await answer, call

    def allowed():
        return _by_app(app)

    refused, _ = asyncio.run(with_charger(lambda: _by_app(app)))
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["type"], problem["reason"]) == ("urn:problem:refused", "remote_start_roaming_off")
    assert "Try paying on the charger's own page instead." in problem["next_steps"]["guest"]
    told = host_portal.reads(f"/authorization/decisions/{problem['decision']}/")
    assert "an app or a roaming partner ordered a start" in told.lower()
    assert 'href="/properties/sunset-1/' in told
    host_portal.does("/properties/sunset-1/", access="public_roaming")

    ordered, call = asyncio.run(with_charger(allowed))
    assert ordered.status_code == 202
    assert call[2:] == ["RemoteStartTransaction", {"idTag": "GOODCARD", "connectorId": 1}]
    assert tap(gateway, "GOODCARD") == "Accepted"


def _by_app(app: Api):
    from django.db import connection

    try:
        return app.post("chargers/CP1/starts/", {"uid": "GOODCARD", "connector": 1})
    finally:
        connection.close()


@pytest.fixture(scope="module")
def _worker(django_db_setup: None, django_db_blocker: object) -> Iterator[subprocess.Popen[bytes]]:
    with issuers_worker() as process:
        yield process


@pytest.fixture
def slow(_worker, msp) -> Iterator[Standing]:
    with standing() as found:
        MobilityProvider.objects.filter(pk=msp.pk).update(
            authorize_url=found.url, authorize_token_encrypted=secrets.encrypt("our-token"), authorize_timeout_s=1
        )
        yield found


@VERSIONS
def test_7_a_provider_that_answers_too_late(gateway, host_portal, msp, slow, version, refused):
    foreign(msp, whitelist="NEVER")
    slow.answers("GOODCARD", Manner(delay_s=3))
    assert tap(gateway, "GOODCARD", version=version) == ("Invalid", "Invalid")[refused]

    links = host_portal.explains("live_validation_timeout")
    assert "did not answer within 1 second" in host_portal.why()
    assert "/authorization/providers/NL-EMS/" in links
    slow.answers("GOODCARD", Manner())  # "Try the card again after a brief wait."

    assert tap(gateway, "GOODCARD", version=version) == "Accepted"


def test_its_own_beginning_the_licence(gateway, host_portal, member):
    """Beyond the article: a licence that ran out, which an agent prolongs on the charger's page."""
    Licence.objects.update(state="inactive", expires_on=datetime.now(tz=UTC).date() - timedelta(days=90))
    assert tap(gateway, member.uid) == "Invalid"

    assert "/chargers/CP1/setup/" in host_portal.explains("licence_inactive")
    Portal.of_agent().does("/chargers/CP1/setup/licence/", state="active", expires_on="")

    assert tap(gateway, member.uid) == "Accepted"
    assert not ApiKey.objects.exists()
