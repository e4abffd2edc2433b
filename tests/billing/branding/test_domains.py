"""A host's own domain: claimed, proved over HTTP to lead here, given up; whose it is, and where links begin."""

from ipaddress import ip_network

import pytest

from billing.branding import domains
from billing.branding.domains import Answering, DomainError
from billing.models import GuestDomain
from chargers.models import Host
from tests.kit import gateway as gateways
from tests.kit import guest_domains
from tests.kit.guest_domains import NAME, NOON

pytestmark = pytest.mark.django_db


def other_host() -> Host:
    return Host.objects.get(slug="lakeside")


@pytest.mark.parametrize("typed", ["127.0.0.1", "Charging.example.", "admin.charging.example", "ocpp.charging.example"])
def test_our_own_names_are_refused(world, settings, typed):
    settings.PUBLIC_BASE_URL, settings.CHARGER_URL = "https://charging.example", "wss://ocpp.charging.example/ocpp"

    with pytest.raises(DomainError):
        domains.claim(world.host, typed, now=NOON)
    assert not GuestDomain.objects.exists()


def test_a_name_that_another_host_uses_or_used_is_refused_and_one_it_only_claims_is_not(world):
    claimed = domains.claim(other_host(), NAME, now=NOON)
    mine = domains.claim(world.host, NAME.upper() + ".", now=NOON)
    assert mine.name == NAME

    domains.confirm(claimed, now=NOON)
    with pytest.raises(DomainError, match="is, or was, the domain of another host"):
        domains.confirm(mine, now=NOON)
    domains.give_up(claimed, now=NOON)
    with pytest.raises(DomainError, match="is, or was, the domain of another host"):
        domains.claim(world.host, NAME, now=NOON)


def test_an_unconfirmed_name_answers_nothing_and_changes_no_link(world, settings):
    domains.claim(world.host, NAME, now=NOON)

    assert domains.answering(NAME) is None
    assert domains.base_address(world.host.pk) == settings.PUBLIC_BASE_URL


def test_links_begin_at_it_until_it_is_removed_and_lead_on_afterwards(
    world, settings, django_capture_on_commit_callbacks
):
    settings.PUBLIC_BASE_URL = "https://charging.example:8443"
    with django_capture_on_commit_callbacks(execute=True):
        domain = domains.claim(world.host, NAME, now=NOON)
        assert domains.confirm(domain, now=NOON)
    assert not domains.confirm(domain, now=NOON)

    assert domains.base_address(world.host.pk) == f"https://{NAME}:8443"
    assert domains.base_address(other_host().pk) == "https://charging.example:8443"
    assert domains.answering(NAME) == Answering(world.host.pk, is_former=False)

    domain.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        domains.give_up(domain, now=NOON)
    assert domains.base_address(world.host.pk) == "https://charging.example:8443"
    assert domains.answering(NAME) == Answering(world.host.pk, is_former=True)


def test_another_name_takes_the_place_of_the_first_and_the_first_can_come_back(world):
    guest_domains.use(world.host)
    domains.claim(world.host, "new.hotel.example", now=NOON)

    assert [(row.name, row.removed_at) for row in GuestDomain.objects.order_by("pk")] == [
        (NAME, NOON),
        ("new.hotel.example", None),
    ]
    again = domains.claim(world.host, NAME, now=NOON)
    assert (again.confirmed_at, domains.find(world.host)) == (None, again)
    assert GuestDomain.objects.count() == 1


def test_a_proxy_gets_a_certificate_for_names_of_hosts_alone(world):
    domains.claim(world.host, NAME, now=NOON)

    assert domains.may_have_certificate(NAME)
    assert not domains.may_have_certificate("other.example")


@pytest.mark.django_db(transaction=True)
def test_a_name_that_leads_here_is_proved_over_http_by_our_own_server(world, settings):
    domain = domains.claim(world.host, NAME, now=NOON)
    with gateways.running() as gateway, guest_domains.leading_here():
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{gateway.port}"
        settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
        domains.check(domain)

        GuestDomain.objects.update(token="another")
        with pytest.raises(DomainError, match=r"answers, and not from here \(status 404\)"):
            domains.check(domain)


def test_a_name_that_leads_nowhere_or_elsewhere_is_not_confirmed(world, settings):
    domain = domains.claim(world.host, "nowhere.invalid", now=NOON)

    with pytest.raises(DomainError, match=r"nowhere\.invalid .*Does its DNS entry lead here"):
        domains.check(domain)
    with guest_domains.leading_here("nowhere.invalid"), pytest.raises(DomainError, match="Does its DNS entry"):
        domains.check(domain)  # a private address is never asked


def test_labels_lead_to_our_names_and_to_those_that_hosts_use_or_used(world, settings):
    settings.PUBLIC_BASE_URL, settings.ALLOWED_HOSTS = "https://Charging.example", ["old.example", ".wide.example", "*"]
    guest_domains.use(world.host)
    guest_domains.use(other_host(), "former.example", is_former=True)
    claimed = domains.claim(other_host(), "claimed.example", now=NOON)

    assert domains.label_names() == {"charging.example", "old.example", NAME, "former.example"}
    assert claimed.name not in domains.label_names()


@pytest.mark.parametrize(
    ("base", "port"),
    [
        ("https://a.example", None),
        ("https://a.example:443", None),
        ("http://a.example:80", None),
        ("http://a:8000", 8000),
    ],
)
def test_the_usual_port_is_none(settings, base, port):
    settings.PUBLIC_BASE_URL = base

    assert domains.own_port() == port
