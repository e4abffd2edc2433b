"""The providers of hosts: checked, stored, found by an address; the secret is stored encrypted."""

from datetime import UTC, datetime

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tests.kit.company_login_pages import (
    _settings,
    company,
    connected,
    is_in,
    log_in,
    provider,
    running,
    set_up,
)
from tests.kit.world import make_user

__all__ = ["_settings", "company", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)


def test_another_issuer_or_client_disconnects_everybody(world, provider, company):
    """Otherwise a new provider could say the subject of somebody who was connected by the old one."""
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    browser = Client()
    log_in(browser, company)

    changed = set_up(world, provider, client_id="other client")

    assert changed.key != company.key
    assert not SocialAccount.objects.exists()
    assert not is_in(browser)
    provider.person["email"] = "kim@acme.example"
    assert not is_in(browser)
