"""Token groups, mobility providers and both kinds of cards into rows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from authorization.models import (
    MobilityProvider,
    Token,
)
from chargers.lib import secrets
from tests.kit.import_site import apply, refused, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_a_card_may_charge_at_several_chargers_at_once_where_the_file_says_so(site: dict[str, Any], tmp_path: Path):
    def allowed() -> bool:
        return Token.objects.get(canonical_uid="04A1B2C3").may_charge_concurrently

    apply(site, tmp_path)
    assert not allowed()
    site["tokens"][0]["may_charge_concurrently"] = True
    apply(site, tmp_path)
    assert allowed()
    del site["tokens"][0]["may_charge_concurrently"]
    apply(site, tmp_path)
    assert allowed()
    site["tokens"][0]["may_charge_concurrently"] = False
    apply(site, tmp_path)
    assert not allowed()


def test_it_marks_a_changed_card_as_changed_now(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    long_ago = datetime.now(tz=UTC) - timedelta(days=9)
    Token.objects.update(updated_at=long_ago)
    site["tokens"][0]["blocked"] = True

    apply(site, tmp_path)

    assert Token.objects.get(host__slug="sunset").updated_at > long_ago
    assert Token.objects.get(msp__party_id="EMS").updated_at == long_ago


@pytest.mark.django_db
def test_it_says_how_a_provider_is_asked_and_leaves_it_when_the_file_does_not(site: dict[str, Any], tmp_path: Path):
    live = {"authorize_url": "https://e.example/tokens", "authorize_token": "their-token", "authorize_timeout_s": 8}
    site["msps"][0] |= live
    apply(site, tmp_path)
    for name in live:
        del site["msps"][0][name]
    assert apply(site, tmp_path)["unchanged"] == 12

    provider = MobilityProvider.objects.get()
    assert (provider.authorize_url, provider.authorize_timeout_s) == ("https://e.example/tokens", 8)
    assert secrets.decrypt(provider.authorize_token_encrypted) == "their-token"

    site["msps"][0] |= {"authorize_url": "ftp://e.example", "authorize_timeout_s": 0}
    assert [fault["path"] for fault in refused(site, tmp_path)] == [
        "msps[0].authorize_url",
        "msps[0].authorize_timeout_s",
    ]
