"""Webhooks: the addresses of a host, what they were sent, and who may change what."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from authorization.models import AuditEntry
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import deliveries
from tests.kit import charging, receiver
from tests.kit.world import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
PAGE = "/connections/sunset/"


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def theirs(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver.standing() as standing:
        yield standing


@pytest.fixture
def endpoint(world) -> WebhookEndpoint:
    made, _ = deliveries.add(
        world.host, url="https://example.com/hooks", kinds=None, by="user:x", now=charging.YESTERDAY
    )
    return made


def test_it_goes_from_the_address_to_a_test_that_was_taken(world, client_of, theirs):
    client = client_of(world.owner)
    assert client.get("/connections/").headers["Location"] == PAGE

    made = text_of(client.post(PAGE, {"url": theirs.url, "kinds": ["session.settled"]}))
    endpoint = WebhookEndpoint.objects.get()
    secret = made.partition('id="new-secret">')[2].partition("<")[0]
    assert secret.startswith("whsec_")
    assert secret not in text_of(client.get(PAGE))

    address = f"/connections/endpoints/{endpoint.pk}/"
    assert "A test is sent within seconds" in text_of(client.post(address, {"do": "test"}, follow=True))
    deliveries.deliver_due(now=WebhookDelivery.objects.get().made_at)
    assert "taken with 204" in text_of(client.get(address))
    row = WebhookDelivery.objects.get()
    page = text_of(client.get(f"/connections/deliveries/{row.pk}/"))
    assert "This is a test: nothing happened." in page
    assert str(row.event_id) in page

    again = client.post(f"/connections/deliveries/{row.pk}/", follow=True)
    assert "It is sent again within seconds" in text_of(again)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", "actor"))
    assert verbs == [
        (verb, "user:owner@example.com") for verb in ("webhook.added", "webhook.tested", "webhook.sent_again")
    ]


def test_its_times_are_those_of_the_host(world, client_of, endpoint):
    at = datetime(2026, 3, 10, 1, 30, 5, tzinfo=UTC)
    deliveries.test(endpoint, now=at)
    row = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(tried_at=at, given_up_at=at)
    WebhookEndpoint.objects.update(created_at=at, failing_since=at)
    client = client_of(world.owner)

    shown = text_of(client.get(f"/connections/endpoints/{endpoint.pk}/"))
    assert "9 Mar, 21:30:05 EDT" in shown
    assert "failing since 9 Mar 2026, 21:30 EDT" in shown
    assert "failing since 9 Mar 2026, 21:30 EDT" in text_of(client.get(PAGE))
    one = text_of(client.get(f"/connections/deliveries/{row.pk}/"))
    assert one.count("9 Mar, 21:30:05 EDT") == 3
    assert "UTC" not in one.partition("What is sent")[0] + shown


def test_it_disables_enables_renews_the_secret_and_deletes(world, client_of, endpoint):
    client, address = client_of(world.owner), f"/connections/endpoints/{endpoint.pk}/"
    before = endpoint.secret

    page = text_of(client.post(address, {"do": "disable"}, follow=True))
    assert "A person disabled it." in page
    assert "disabled" in text_of(client.get(PAGE))
    assert "disabled: enable it first" in text_of(client.post(address, {"do": "test"}, follow=True))
    client.post(address, {"do": "enable"})
    assert "whsec_" in text_of(client.post(address, {"do": "secret"}))
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    assert endpoint.secret != before
    client.post(address, {"do": "delete"})

    assert not WebhookEndpoint.objects.exists()
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["webhook.disabled", "webhook.enabled", "webhook.secret_changed", "webhook.deleted"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"url": "http://example.com/"}, "must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "private"),
        ({"url": ""}, "This field is required"),
        ({"url": "https://example.com/", "kinds": ["nonsense"]}, "not one of the available choices"),
    ],
)
def test_it_says_why_an_address_is_not_taken(world, client_of, said, why):
    assert why in text_of(client_of(world.owner).post(PAGE, said))
    assert not WebhookEndpoint.objects.exists()


def test_a_teammate_who_only_sees_money_changes_nothing(world, client_of, endpoint):
    client, address = client_of(world.teammate), f"/connections/endpoints/{endpoint.pk}/"
    deliveries.test(endpoint, now=charging.YESTERDAY)
    row = WebhookDelivery.objects.get()

    for page in (PAGE, address):
        assert '<form method="post"' not in text_of(client.get(page)).partition("<main")[2]
    for page, said in ((PAGE, {"url": "https://a.example/"}), (address, {"do": "delete"})):
        assert client.post(page, said).status_code == 404
    assert client.post(f"/connections/deliveries/{row.pk}/").status_code == 404
    assert WebhookEndpoint.objects.get() == endpoint
    assert not AuditEntry.objects.exists()


def test_a_stranger_sees_what_is_not_there_and_an_operator_no_money(world, client_of, endpoint):
    deliveries.test(endpoint, now=charging.YESTERDAY)
    operator = make_user("operator@example.com", world.host, "operator")
    for user in (world.stranger, operator):
        client = client_of(user)
        for address in (
            PAGE,
            f"/connections/endpoints/{endpoint.pk}/",
            f"/connections/deliveries/{endpoint.deliveries.get().pk}/",
        ):
            assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    assert client_of(operator).get("/connections/").status_code == 404


def test_an_agent_sees_every_host(world, client_of, endpoint):
    page = text_of(client_of(world.agent).get("/connections/"))

    assert "Sunset Stays" in page
    assert "1 address<" in page
    assert "nobody" in page
    assert client_of(world.agent).get(f"/connections/endpoints/{endpoint.pk}/").status_code == 200


def test_the_settings_lead_there_who_sees_money(world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")

    assert 'href="/connections/' in text_of(client_of(world.teammate).get("/settings/"))
    assert 'href="/connections/' not in text_of(client_of(operator).get("/settings/"))
