"""Whom a host's provider admits: members of this host who have no business elsewhere."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import AccessGrant, Membership, User
from billing.sessions.drivers import accounts as drivers
from tests.kit.company_login_pages import (
    _settings,
    company,
    connected,
    is_in,
    log_in,
    provider,
    running,
    set_up,
    text_of,
)
from tests.kit.world import make_user

__all__ = ["_settings", "company", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)


@pytest.mark.parametrize("business", ["elsewhere", "granted", "agent", "driver", "closed", "outsider"])
def test_it_never_logs_in_whoever_has_business_beyond_its_host(world, company, business):
    """Whoever runs the provider of one host can say any subject: also one that is connected."""
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    match business:
        case "elsewhere":
            Membership.objects.create(user=kim, host=world.stranger.memberships.get().host, role="owner")
        case "granted":
            host = world.stranger.memberships.get().host
            AccessGrant.objects.create(
                user=kim,
                host=host,
                role="operator",
                reason="x",
                granted_at=NOW,
                ends_at=datetime(9000, 1, 1, tzinfo=UTC),
            )
        case "agent":
            User.objects.filter(pk=kim.pk).update(is_agent=True)
        case "driver":
            drivers.of_user(kim, language="en", now=NOW)
        case "closed":
            User.objects.filter(pk=kim.pk).update(is_active=False)
        case _:
            kim.memberships.all().delete()
    browser = Client()

    assert log_in(browser, company).status_code == 403
    assert not is_in(browser)


def test_newcomers_get_the_role_only_with_a_domain_that_an_agent_confirmed(world, provider, client_of):
    company = set_up(world, provider, newcomer_role="read_only")
    assert "ask the owners of Sunset Stays to invite you" in text_of(log_in(Client(), company))
    assert "No company logs in" in text_of(Client().get("/accounts/company/", {"email": "kim@acme.example"}))
    assert client_of(world.owner).post("/settings/sign-in/sunset/domain/").status_code == 404

    client_of(world.agent).post("/settings/sign-in/sunset/domain/")
    found = text_of(Client().get("/accounts/company/", {"email": "kim@ACME.example"}))
    browser = Client()
    log_in(browser, company)

    assert f"/accounts/oidc/{company.host.slug}/login/" in found
    assert is_in(browser)
    kim = User.objects.get(email="kim@acme.example")
    assert [one.role for one in kim.memberships.all()] == ["read_only"]
    assert kim.email_confirmed_at is None, "only this host says that the address is theirs"
    assert not kim.has_usable_password()
