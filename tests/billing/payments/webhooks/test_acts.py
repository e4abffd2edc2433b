"""A host's webhook endpoints: added, disabled, enabled, tested, deleted; each change is written down."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.payments.webhooks import acts
from billing.payments.webhooks.deliveries import EndpointError

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
URL = "https://example.com/hook"


@pytest.fixture(autouse=True)
def _any_address_may_be_called(settings) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def endpoint(world) -> WebhookEndpoint:
    return acts.add(world.host, url="http://127.0.0.1:9/hook", kinds=None, by=world.owner, now=NOON)[0]


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_its_secret_is_shown_once_and_another_one_is_another(world):
    made, secret = acts.add(world.host, url="http://127.0.0.1:9/hook", kinds=None, by=world.owner, now=NOON)

    assert secret not in str(vars(made))
    assert acts.new_secret(made, by=world.owner, now=NOON) != secret
    assert verbs() == ["webhook.added", "webhook.secret_changed"]


def test_the_same_address_twice_is_refused_and_not_written_down(world, endpoint):
    with pytest.raises(EndpointError):
        acts.add(world.host, url=endpoint.url, kinds=None, by=world.owner, now=NOON)

    assert (WebhookEndpoint.objects.count(), verbs()) == (1, ["webhook.added"])


def test_it_is_disabled_and_enabled_once(world, endpoint):
    disabled = [acts.disable(endpoint, by=world.owner, now=NOON) for _ in range(2)]
    enabled = [acts.enable(endpoint, by=world.owner, now=NOON) for _ in range(2)]

    assert (disabled, enabled) == ([True, False], [True, False])
    assert verbs() == ["webhook.added", "webhook.disabled", "webhook.enabled"]


def test_a_test_event_is_queued_and_sent_again_with_its_id(world, endpoint):
    acts.test(endpoint, by=world.owner, now=NOON)
    delivery = WebhookDelivery.objects.get()
    with pytest.raises(EndpointError, match="on its way already"):
        acts.send_again(delivery, by=world.owner, now=NOON)
    WebhookDelivery.objects.update(tries=3, given_up_at=NOON)

    acts.send_again(delivery, by=world.owner, now=NOON)

    row = WebhookDelivery.objects.get()
    assert (row.event_id, row.tries, row.given_up_at) == (delivery.event_id, 0, None)
    assert AuditEntry.objects.get(verb="webhook.sent_again").after["event"] == str(delivery.event_id)


def test_a_deleted_one_is_written_down_with_what_it_was(world, endpoint):
    acts.delete(endpoint, by=world.owner, now=NOON)

    assert not WebhookEndpoint.objects.exists()
    assert AuditEntry.objects.get(verb="webhook.deleted").before["url"] == "http://127.0.0.1:9/hook"


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_handle_money_changes_none(world, endpoint, person):
    by = getattr(world, person)

    for act in (acts.delete, acts.disable, acts.enable, acts.new_secret, acts.test):
        with pytest.raises(NotAllowedError):
            act(endpoint, by=by, now=NOON)
    with pytest.raises(NotAllowedError):
        acts.add(world.host, url=URL, kinds=None, by=by, now=NOON)

    assert verbs() == ["webhook.added"]
