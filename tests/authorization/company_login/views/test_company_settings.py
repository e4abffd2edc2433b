"""Settings > Sign-in: a host's own identity provider."""

import pytest

from authorization.models import CompanyLogin
from tests.kit.company_login_pages import _settings, provider, running, text_of
from tests.kit.identity_provider import CLIENT, SECRET

__all__ = ["_settings", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "could not be reached"),
        ({"issuer": "http://10.0.0.1"}, "beginning with https://"),
        ({"issuer": "https://localhost/x?y"}, "beginning with https://"),
        ({"issuer": "https://10.0.0.1"}, "This address is private"),
        ({"issuer": "https://login.example:22"}, "Port 22 is reserved for another service"),
        ({"domain": "gmail.com"}, "only a company"),
        ({"domain": "no domain"}, "the part of your addresses"),
        ({"secret": ""}, "Enter the client secret"),
    ],
)
def test_set_up_says_what_is_wrong_and_stores_nothing(world, provider, client_of, change, why):
    said = {"name": "Acme", "issuer": provider.url, "client_id": CLIENT, "secret": SECRET, "domain": "acme.example",
            "is_enabled": "on", **change}  # fmt: skip

    assert why in text_of(client_of(world.owner).post("/settings/sign-in/sunset/", said))
    assert not CompanyLogin.objects.exists()


def test_a_provider_that_calls_itself_otherwise_is_refused(world, provider, client_of):
    provider.published_issuer = "https://elsewhere.example"
    said = {"name": "Acme", "issuer": provider.url, "client_id": CLIENT, "secret": SECRET, "domain": "acme.example",
            "is_enabled": "on"}  # fmt: skip

    assert "calls itself https://elsewhere.example" in text_of(
        client_of(world.owner).post("/settings/sign-in/sunset/", said)
    )
