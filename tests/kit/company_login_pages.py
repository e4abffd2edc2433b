"""What the tests of views.company_login and views.company_settings share."""

import uuid
from ipaddress import ip_network

import pytest

from tests.kit.identity_provider import IdentityProvider, standing


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
