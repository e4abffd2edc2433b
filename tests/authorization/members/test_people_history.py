"""What was done about the people of a host, in words."""

import pytest

from authorization.models import AccessGrant, AuditEntry
from chargers.models import Property
from tests.kit.people_pages import text_of

pytestmark = pytest.mark.fresh_log_in
PEOPLE = "/people/sunset/"
NEW = "kim@example.com"


def test_access_to_several_properties_is_one_row_that_ends_in_one_go(world, client_of):
    Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    client = client_of(world.owner)
    said = {"email": NEW, "kind": "support", "reason": "Audit", "place": ["property:sunset-1", "property:sunset-2"]}
    client.post(f"{PEOPLE}outsiders/add/", said)
    first, second = AccessGrant.objects.order_by("pk")

    page = text_of(client.get(PEOPLE))
    client.post(f"{PEOPLE}outsiders/{first.pk}/", {"do": "end", "with": [first.pk, second.pk]})

    assert page.count(f"End the access of {NEW} now") == 1
    assert page.index("Sunset 1</a>, ") < page.index("Sunset 2</a>")
    assert NEW not in text_of(client.get(PEOPLE)).split("Temporary access")[-1].split("<h2")[0]
    assert AuditEntry.objects.filter(verb="access_grant.ended").count() == 2
