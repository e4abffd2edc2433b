"""Lists of cards, groups and providers cost the same however long they are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorization.models import MobilityProvider, ProviderBlock, Token, TokenGroup
from chargers.models import Host

pytestmark = pytest.mark.django_db
LISTS = ["tokens", "groups", "providers", "roaming"]


def fill(world, *, begin: int, end: int) -> None:
    for number in range(begin, end):
        group = TokenGroup.objects.create(host=world.host, slug=f"g{number}", name=f"G{number}")
        group.properties.add(world.site)
        group.chargers.add(world.charger)
        token = Token.objects.create(host=world.host, uid=f"C{number}", canonical_uid=f"C{number}")
        token.groups.add(group)
        msp = MobilityProvider.objects.create(country_code="NL", party_id=f"{number:03}", name=f"MSP {number}")
        Token.objects.create(msp=msp, uid=f"F{number}", canonical_uid=f"F{number}")
        ProviderBlock.objects.create(host=world.host, msp=msp, reason="x", since=timezone.now())
        Host.objects.create(slug=f"h{number}", name=f"H{number}", currency="USD", country="US")


@pytest.mark.matrix
@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("person", ["owner", "teammate", "agent"])
def test_it_costs_no_more_queries_for_more_rows(world, client_of, page, person):
    client = client_of(getattr(world, person))
    fill(world, begin=0, end=2)
    with CaptureQueriesContext(connection) as few:
        client.get(f"/authorization/{page}/")
    fill(world, begin=2, end=20)

    with CaptureQueriesContext(connection) as many:
        response = client.get(f"/authorization/{page}/")

    assert response.status_code == 200
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "address",
    [
        "tokens/?q=a%00", "tokens/add/?charger=%00&group=%C2%B2&uid=%00", "tokens/add/?group=99999999999999999999",
        "tokens/import/?host=%00", "tokens/export/?host=%00", "groups/residents/?host=%00", "groups/add/?host=%00",
        "providers/NL-EMS/block/?host=%00", "roaming/?q=a%00", "roaming/?page=x", "decisions/?q=%00",
        "decisions/?property=%00", "decisions/?msp=%00-a", "decisions/?charger=%00", "decisions/?kind=%00",
    ],
)  # fmt: skip
def test_it_bears_what_no_database_can_hold(world, client_of, address):
    assert client_of(world.owner).get(f"/authorization/{address}").status_code in (
        {400} if "%00" in address else {200, 404}
    )
