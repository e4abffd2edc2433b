"""What the tests of views.company_login and views.company_settings share."""

import uuid
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from authorization.company_login import acts
from authorization.company_login.connections import ConnectionSettings
from authorization.models import CompanyLogin, User
from tests.kit.identity_provider import CLIENT, SECRET, IdentityProvider, standing
from tests.kit.world import World


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}}
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.PUBLIC_BASE_URL = "http://testserver"


@pytest.fixture(scope="module")
def running():
    with standing() as found:
        yield found


@pytest.fixture
def provider(running) -> IdentityProvider:
    running.person = {"sub": "7", "email": "Kim@acme.example", "email_verified": True}
    running.token_claims, running.signs_with, running.published_issuer, running.userinfo = {}, None, "", None
    return running


def text_of(response) -> str:
    return response.content.decode()


NOW = datetime.now(tz=UTC)


@pytest.fixture
def company(world: World, provider) -> CompanyLogin:
    return set_up(world, provider)


def set_up(world: World, provider: IdentityProvider, **said) -> CompanyLogin:
    values = {
        "name": "Acme",
        "issuer": provider.url,
        "client_id": CLIENT,
        "secret": SECRET,
        "domain": "acme.example",
        **said,
    }
    return acts.save(world.host, ConnectionSettings(**values), by=world.owner, now=NOW)


def log_in(client: Client, company: CompanyLogin):
    """Logs in as a browser does: to the provider, and back with its answer."""
    begun = client.get(f"/accounts/oidc/{company.host.slug}/login/")
    assert begun.status_code == 302, text_of(begun)
    back = httpx.get(begun.headers["Location"]).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}", follow=True)


def is_in(client: Client) -> bool:
    return client.get("/chargers/").status_code == 200


def connected(user: User, company: CompanyLogin, sub: str = "7") -> None:
    SocialAccount.objects.create(user=user, provider=company.key, uid=sub)
