"""Base classes of the agents' admin: read-only rows, and acts that write an audit entry."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from authorization.models import AuditEntry, Decision, MobilityProvider, Token
from chargers.lib import ids, secrets
from chargers.models import Charger, Command
from tests.kit.admin import NOW, charge, client, enrolled, log_in, shown
from tests.kit.logging_in import SECRET
from tests.kit.world import World, make_charger, tap

__all__ = ["client", "enrolled"]


def test_it_asks_a_session_for_a_code_that_was_opened_before_the_enrolment(world: World):
    client = log_in(world.agent, with_code=False)
    TOTP.activate(world.agent, SECRET)

    response = client.get("/admin/billing/session/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")


def test_it_tells_no_secret(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")
    Charger.objects.filter(pk=world.charger.pk).update(key_hash="hash-of-the-key")

    charger = shown(client, f"/admin/chargers/charger/{world.charger.pk}/change/")
    person = shown(client, f"/admin/authorization/user/{world.owner.pk}/change/")

    assert "hash-of-the-key" not in charger
    assert world.owner.password not in person
    assert charged.session.secret not in shown(client, "/admin/billing/session/")


KEYS_OF_A_SESSION = (
    "SUN001", "sun001", "CP1", "{session}", "guest1@example.com", "GUEST1@example.com", "4242", "2026-000001",
    "Sunset 1", "901", "GUEST1",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS_OF_A_SESSION)
def test_it_finds_a_session_by_every_key_that_people_have(client: Client, world: World, key: str):
    charged = charge(world.charger, "04A1B2C3D4")
    other = charge(make_charger(world.site, "CP2", station_id="SUN002"), "AABBCCDD", last4="1881", number=2)
    term = key.format(session=charged.session.pk)

    page = shown(client, f"/admin/?q={term}")
    whole_list = shown(client, f"/admin/billing/session/?q={term}")

    assert f"/admin/billing/session/{charged.session.pk}/change/" in page
    assert f"/admin/billing/session/{charged.session.pk}/change/" in whole_list
    if key != "Sunset 1":
        assert f"/admin/billing/session/{other.session.pk}/change/" not in page
        assert f"/admin/billing/session/{other.session.pk}/change/" not in whole_list


def test_it_explains_a_decision(client: Client, world: World):
    tap(world.charger, "DEADBEEF", at=NOW)
    decision = Decision.objects.get()

    page = shown(client, f"/admin/authorization/decision/{decision.pk}/change/")

    assert "■ Refused:" in page
    assert "What to do next" in page
    assert "What was checked" in page
    assert f"/authorization/decisions/{decision.pk}/" in page


def test_it_explains_a_session(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")

    page = shown(client, f"/admin/billing/session/{charged.session.pk}/change/")

    assert "8 kWh at 0.50" in page
    assert "$4.00" in page
    assert "4242" in page
    assert f"/admin/billing/receipt/{charged.receipt.pk}/change/" in page
    assert f"/admin/chargers/transaction/{charged.transaction.pk}/change/" in page


def test_it_shows_ten_rows_of_an_inline_at_a_time(client: Client, world: World):
    for number in range(25):
        Command.objects.create(
            id=ids.generate(now=NOW),
            charger=world.charger,
            action=f"Act{number:02}x",
            payload={},
            origin="system",
            created_at=NOW,
            expires_at=NOW,
        )

    page = shown(client, f"/admin/chargers/charger/{world.charger.pk}/change/")

    assert sum(f"Act{number:02}x" in page for number in range(25)) == 10
    newest = Command.objects.order_by("-pk").first()
    assert newest is not None
    assert f"/admin/chargers/command/{newest.pk}/change/" in page


def test_it_refuses_a_change_without_a_reason(client: Client, world: World):
    page = client.post(
        f"/admin/authorization/token/{world.member.pk}/change/",
        {"valid": "on", "blocked": "on", "blocked_reason": "lost", "reason": "  "},
    )

    assert "without a reason nothing is changed" in page.content.decode()
    assert not Token.objects.get(pk=world.member.pk).blocked
    assert not AuditEntry.objects.exists()


def test_it_refuses_to_record_a_change_that_is_none(client: Client, world: World):
    page = client.post(
        f"/admin/chargers/property/{world.site.pk}/change/", {"access": world.site.access, "reason": "just looking"}
    )

    assert "Nothing was changed" in page.content.decode()
    assert not AuditEntry.objects.exists()


def test_it_changes_a_token_and_writes_down_why(client: Client, world: World):
    updated_at = world.member.updated_at

    response = client.post(
        f"/admin/authorization/token/{world.member.pk}/change/",
        {
            "valid": "on",
            "blocked": "on",
            "blocked_reason": "lost",
            "owner": "forged",
            "reason": "Reported lost, case 7",
        },
    )

    token = Token.objects.get(pk=world.member.pk)
    entry = AuditEntry.objects.get()
    assert response.status_code == 302
    assert (token.blocked, token.blocked_reason, token.owner) == (True, "lost", "")
    assert token.updated_at > updated_at
    assert (entry.actor, entry.verb, entry.host) == ("user:agent@example.com", "token.changed", world.host)
    assert (entry.subject_type, entry.subject_id) == ("token", str(world.member.pk))
    assert entry.before == {"blocked": False, "blocked_reason": ""}
    assert entry.after == {"blocked": True, "blocked_reason": "lost"}
    assert entry.reason == "Reported lost, case 7"


def test_it_leads_from_a_row_to_what_people_did_to_it(client: Client, world: World):
    client.post(f"/admin/chargers/property/{world.site.pk}/change/", {"access": "guest", "reason": "Host asked"})

    page = client.get(f"/admin/chargers/property/{world.site.pk}/history/", follow=True)

    assert "Host asked" in page.content.decode()


def test_it_takes_a_providers_token_and_shows_it_to_nobody(client: Client, world: World):
    provider = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Roamer")
    address = f"/admin/authorization/mobilityprovider/{provider.pk}/change/"
    change = {"live_enabled": "on", "authorize_url": "https://e.example/tokens", "authorize_timeout_s": "8"}

    client.post(address, {**change, "authorize_token": "their-token", "reason": "Contract signed"})

    provider.refresh_from_db()
    assert (provider.authorize_url, provider.authorize_timeout_s) == ("https://e.example/tokens", 8)
    assert secrets.decrypt(provider.authorize_token_encrypted) == "their-token"
    entry = AuditEntry.objects.get()
    assert entry.after["authorize_token"] == "entered anew"
    page = client.get(address).content.decode()
    assert "their-token" not in page + str(entry.before) + str(entry.after)
    assert provider.authorize_token_encrypted not in page

    client.post(address, {**change, "authorize_timeout_s": "9", "reason": "Slower"})
    provider.refresh_from_db()
    assert secrets.decrypt(provider.authorize_token_encrypted) == "their-token"
