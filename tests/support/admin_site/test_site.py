"""The agents' admin: who gets in, what is found by which key, what can and what cannot be changed."""

import pytest
from django.test import Client

from authorization.models import AuditEntry, MobilityProvider, User
from support.admin_site.site import agents
from tests.kit.admin import charge, client, enrolled, log_in, queries, shown
from tests.kit.world import PASSWORD, World, make_charger

__all__ = ["client", "enrolled"]
LISTS = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in agents._registry)
FACTS = (
    "chargers/message", "chargers/metervalue", "chargers/transaction", "chargers/statusreport", "chargers/command",
    "authorization/decision", "billing/session", "billing/rating", "billing/receipt", "billing/hold",
    "billing/processorevent", "authorization/auditentry",
)  # fmt: skip


def test_it_does_not_let_an_enrolled_agent_in_by_password_alone(enrolled: User):
    client = log_in(enrolled, with_code=False)

    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


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


@pytest.mark.parametrize("address", LISTS)
def test_it_asks_no_more_of_the_database_when_a_list_grows(client: Client, world: World, address: str):
    charge(world.charger, "04A1B2C3D4")
    few = queries(client, f"/admin/{address}/")
    for number in range(2, 8):
        charger = make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
        charge(charger, f"AABBCCD{number}", number=number)

    assert queries(client, f"/admin/{address}/") <= few


def test_its_first_page_lists_by_subject_and_leaves_nothing_out(client: Client, world: World):
    page = shown(client, "/admin/").partition("desk-rooms")[2]

    subjects, _, records = page.partition("desk-rest")
    assert subjects.index("Tickets</h2>") < subjects.index("Cards and access</h2>") < subjects.index("People</h2>")
    assert 'href="/admin/billing/session/"' in subjects
    assert 'href="/admin/chargers/metervalue/"' in records
    assert [name for name in LISTS if f'href="/admin/{name}/"' not in page] == []
