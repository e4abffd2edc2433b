"""The agents' admin: who gets in, what is found by which key, what can and what cannot be changed."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from authorization.accounts import enrolment
from authorization.models import AuditEntry, Decision, MobilityProvider, Token, User
from billing.models import Session
from chargers.lib import ids, secrets
from chargers.models import Charger, Command, SettingTemplate
from support.admin_site.site import agents
from tests.kit.admin import NOW, charge, client, enrolled, log_in, queries, shown
from tests.kit.logging_in import SECRET, code
from tests.kit.world import PASSWORD, World, make_charger, tap

__all__ = ["client", "enrolled"]

LISTS = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in agents._registry)
FACTS = (
    "chargers/message", "chargers/metervalue", "chargers/transaction", "chargers/statusreport", "chargers/command",
    "authorization/decision", "billing/session", "billing/rating", "billing/receipt", "billing/hold",
    "billing/processorevent", "authorization/auditentry",
)  # fmt: skip


# The door.


def test_it_lets_an_agent_in_who_showed_a_code(client: Client):
    assert "Find" in shown(client, "/admin/")


def test_it_sends_an_agent_without_a_second_factor_to_enrol(world: World):
    client = log_in(world.agent, with_code=False)

    door = client.get("/admin/chargers/charger/", follow=True)

    assert door.redirect_chain[0][0] == "/accounts/second-factor/"
    assert "Set up a second factor" in door.content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_enrols_an_agent_and_opens_the_admin(world: World):
    client = log_in(world.agent, with_code=False)
    client.post(f"/accounts/second-factor/{enrolment.make_link(world.agent, now=datetime.now(tz=UTC))}/")
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert "Open the support admin" in answer.content.decode()
    assert client.get("/admin/").status_code == 200
    assert secret not in str(Authenticator.objects.get(user=world.agent, type="totp").data)


def test_it_does_not_let_an_enrolled_agent_in_by_password_alone(enrolled: User):
    client = log_in(enrolled, with_code=False)

    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


def test_it_asks_a_session_for_a_code_that_was_opened_before_the_enrolment(world: World):
    client = log_in(world.agent, with_code=False)
    TOTP.activate(world.agent, SECRET)

    response = client.get("/admin/billing/session/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")


def test_it_has_no_login_form_of_its_own(enrolled: User):
    client = Client()

    response = client.post("/admin/login/", {"username": enrolled.email, "password": PASSWORD})

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302


def test_it_does_not_forward_to_a_foreign_site(client: Client):
    response = client.get("/admin/login/?next=https://evil.example/")

    assert response.headers["Location"] == "/admin/"


@pytest.mark.parametrize("address", LISTS)
def test_it_refuses_a_host_s_owner(world: World, address: str):
    client = Client()
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get(f"/admin/{address}/", follow=True)

    assert response.status_code == 403


def test_it_refuses_an_agent_who_is_an_agent_no_more(client: Client, enrolled: User):
    User.objects.filter(pk=enrolled.pk).update(is_agent=False)

    assert client.get("/admin/", follow=True).status_code == 403


# What is there.


def test_it_shows_the_list_of_every_model(client: Client, world: World):
    charge(world.charger, "04A1B2C3D4")

    for address in LISTS:
        shown(client, f"/admin/{address}/")


def test_it_shows_the_page_of_one_row_of_every_model_that_has_one(client: Client, world: World):
    charge(world.charger, "04A1B2C3D4")
    seen = set()

    for model, admin in agents._registry.items():
        row = model._default_manager.first()
        if row is not None:
            shown(client, f"/admin/{admin.opts.app_label}/{admin.opts.model_name}/{row.pk}/change/")
            seen.add(f"{admin.opts.app_label}/{admin.opts.model_name}")

    assert set(FACTS) - {"authorization/auditentry"} <= seen


def test_it_tells_no_secret(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")
    Charger.objects.filter(pk=world.charger.pk).update(key_hash="hash-of-the-key")

    charger = shown(client, f"/admin/chargers/charger/{world.charger.pk}/change/")
    person = shown(client, f"/admin/authorization/user/{world.owner.pk}/change/")

    assert "hash-of-the-key" not in charger
    assert world.owner.password not in person
    assert charged.session.secret not in shown(client, "/admin/billing/session/")


@pytest.mark.parametrize("spelling", ["04A1B2C3D4", "04:a1:b2:c3:d4", "04 a1 b2 c3 d4", "0x04A1B2C3D4", "D4C3B2A104"])
def test_it_finds_by_a_uid_in_any_notation(client: Client, world: World, spelling: str):
    charged = charge(world.charger, "04A1B2C3D4")

    page = shown(client, f"/admin/?q={spelling}")

    for address in (
        f"/admin/authorization/token/{world.member.pk}/change/",
        f"/admin/authorization/decision/{charged.decision.pk}/change/",
        f"/admin/chargers/transaction/{charged.transaction.pk}/change/",
        f"/admin/billing/session/{charged.session.pk}/change/",
    ):
        assert address in page


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


@pytest.mark.parametrize("term", ["а1", "'; --", "99999999999999999999", "2026-" + "9" * 18, "x" * 300])
def test_it_finds_nothing_by_what_is_no_key(client: Client, world: World, term: str):
    charge(world.charger, "04A1B2C3D4")

    page = shown(client, f"/admin/?q={term}")

    assert "/change/" not in page


def test_it_finds_the_same_in_the_box_that_the_keyboard_opens(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")

    page = shown(client, "/admin/search/?extended=1&s=4242")

    assert f"/admin/billing/session/{charged.session.pk}/change/" in page
    assert "/change/" not in shown(client, "/admin/search/?extended=1&s=0000")
    assert "/change/" not in shown(client, "/admin/search/?extended=1&s=")


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
            id=ids.new(now=NOW),
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


# What can be changed, and what cannot.


@pytest.mark.parametrize("address", FACTS)
def test_it_does_not_add_change_or_delete_facts(client: Client, world: World, address: str):
    charge(world.charger, "04A1B2C3D4")
    client.post(
        f"/admin/authorization/token/{world.member.pk}/change/", {"blocked": "on", "valid": "on", "reason": "x"}
    )
    app, name = address.split("/")
    model = next(m for m in agents._registry if (m._meta.app_label, m._meta.model_name) == (app, name))
    before = list(model._default_manager.order_by("pk").values())
    row = model._default_manager.order_by("pk").first()
    assert row is not None

    assert client.get(f"/admin/{address}/add/").status_code == 403
    assert client.post(f"/admin/{address}/add/", {}).status_code == 403
    assert client.post(f"/admin/{address}/{row.pk}/change/", {"state": "x", "reason": "x"}).status_code == 403
    assert client.post(f"/admin/{address}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"/admin/{address}/", {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
    assert list(model._default_manager.order_by("pk").values()) == before


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


def test_it_changes_access_licence_and_provider_the_same_way(client: Client, world: World):
    provider = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Roamer")
    licence = world.charger.licence

    for address, change in (
        (f"chargers/property/{world.site.pk}", {"access": "guest", "reason": "Host asked"}),
        (
            f"chargers/licence/{licence.pk}",
            {"state": "inactive", "expires_on": "2026-01-31", "reason": "Unpaid"},
        ),
        (
            f"authorization/mobilityprovider/{provider.pk}",
            {"blocked": "on", "blocked_reason": "fraud", "reason": "Case 9"},
        ),
    ):
        client.post(f"/admin/{address}/change/", change)

    world.site.refresh_from_db()
    licence.refresh_from_db()
    provider.refresh_from_db()
    assert (world.site.access, licence.state, provider.blocked) == ("guest", "inactive", True)
    assert [(entry.verb, entry.reason) for entry in AuditEntry.objects.order_by("id")] == [
        ("property.access_changed", "Host asked"),
        ("licence.changed", "Unpaid"),
        ("provider.changed", "Case 9"),
    ]
    assert AuditEntry.objects.order_by("id")[1].after == {"state": "inactive", "expires_on": "2026-01-31"}


def test_it_leads_from_a_row_to_what_people_did_to_it(client: Client, world: World):
    client.post(f"/admin/chargers/property/{world.site.pk}/change/", {"access": "guest", "reason": "Host asked"})

    page = client.get(f"/admin/chargers/property/{world.site.pk}/history/", follow=True)

    assert "Host asked" in page.content.decode()


# Speed.


@pytest.mark.parametrize("address", LISTS)
def test_it_asks_no_more_of_the_database_when_a_list_grows(client: Client, world: World, address: str):
    charge(world.charger, "04A1B2C3D4")
    few = queries(client, f"/admin/{address}/")
    for number in range(2, 8):
        charger = make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
        charge(charger, f"AABBCCD{number}", number=number)

    assert queries(client, f"/admin/{address}/") <= few


def test_it_lets_an_agent_write_a_template_of_settings_and_keeps_who_did(client: Client):
    fields = {"name": "Home 1.6", "family": "1.6", "vendor": "Example*", "model": "", "enabled": "on"}
    rows = {"settings-TOTAL_FORMS": "1", "settings-INITIAL_FORMS": "0"}
    setting = {"settings-0-key": "HeartbeatInterval", "settings-0-value": "300"}

    response = client.post("/admin/chargers/settingtemplate/add/", {**fields, **rows, **setting})

    assert response.status_code == 302, response.content.decode()
    template = SettingTemplate.objects.get()
    assert template.settings.get().value == "300"
    entry = AuditEntry.objects.get(verb="setting_template.added")
    assert entry.after["settings"] == {"HeartbeatInterval": "300"}
    row = template.settings.get()
    changed = {"settings-INITIAL_FORMS": "1", "settings-0-id": row.pk, "settings-0-template": template.pk}
    client.post(
        f"/admin/chargers/settingtemplate/{template.pk}/change/",
        {**fields, **rows, **setting, **changed, "settings-0-value": "600", "vendor": "Other*"},
    )
    entry = AuditEntry.objects.get(verb="setting_template.changed")
    assert (entry.before["settings"], entry.after["settings"]) == (
        {"HeartbeatInterval": "300"},
        {"HeartbeatInterval": "600"},
    )
    assert (entry.before["vendor"], entry.after["vendor"]) == ("Example*", "Other*")
    client.post(f"/admin/chargers/settingtemplate/{template.pk}/delete/", {"post": "yes"})
    assert not SettingTemplate.objects.exists()
    assert AuditEntry.objects.filter(verb="setting_template.deleted").exists()


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


# Between the admin and the portal.


def test_its_first_page_lists_by_subject_and_leaves_nothing_out(client: Client, world: World):
    page = shown(client, "/admin/").partition("desk-rooms")[2]

    subjects, _, records = page.partition("desk-rest")
    assert subjects.index("Tickets</h2>") < subjects.index("Cards and access</h2>") < subjects.index("People</h2>")
    assert 'href="/admin/billing/session/"' in subjects
    assert 'href="/admin/chargers/metervalue/"' in records
    assert [name for name in LISTS if f'href="/admin/{name}/"' not in page] == []


def test_json_is_shown_as_names_and_values(client: Client, world: World):
    rating = charge(world.charger, "04A1B2C3D4").receipt.rating
    page = shown(client, f"/admin/billing/rating/{rating.pk}/change/")

    assert '<th scope="col">unit price</th>' in page
    assert "8 kWh at 0.50" in page
    assert "&quot;kind&quot;" not in page
    Session.objects.filter(pk=rating.session_id).update(benefits={"x": "<script>alert(1)</script>", "is_final": True})
    page = shown(client, f"/admin/billing/session/{rating.session_id}/change/")
    assert "<dt>is final</dt><dd>yes</dd>" in page
    assert "<script>alert" not in page


def test_a_row_leads_to_its_page_in_the_portal_and_that_page_back(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")
    ways = {
        f"chargers/charger/{world.charger.pk}": ("/chargers/CP1/", True),
        f"billing/session/{charged.session.pk}": (f"/sessions/{charged.session.pk}/", False),
        f"billing/receipt/{charged.receipt.pk}": (f"/sessions/{charged.session.pk}/", False),
        f"authorization/token/{world.member.pk}": (f"/authorization/tokens/{world.member.pk}/", True),
        f"authorization/decision/{charged.decision.pk}": (f"/authorization/decisions/{charged.decision.pk}/", True),
        f"chargers/property/{world.site.pk}": ("/properties/sunset-1/", True),
        f"authorization/membership/{world.owner.memberships.get().pk}": ("/people/sunset/", False),
    }

    for row, (page, is_both_ways) in ways.items():
        assert f'<a href="{page}" class="text-link">Open in portal</a>' in shown(client, f"/admin/{row}/change/"), row
        if is_both_ways:
            assert f'<a href="/admin/{row}/change/">Open in admin</a>' in shown(client, page), row


def test_nobody_else_is_shown_the_way_to_the_admin(world: World, client_of):
    assert "/admin/" not in shown(client_of(world.owner), "/chargers/CP1/")
