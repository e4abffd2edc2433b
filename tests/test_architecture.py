"""What the import contracts cannot see: relations between models, and who may enter at which address."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from authorization.models import User
from tests.kit.addresses import BY_SECRET, LOGIN_EXACTLY, PUBLIC, example, kind, of_kind, routes
from tests.kit.sampling import sampled

OURS_FROM_THE_BOTTOM = ("chargers", "authorization", "billing", "support")
GROWING = {"chargers.Message", "chargers.MeterValue"}


@dataclass(frozen=True)
class Relation:
    """A foreign key, one-to-one or many-to-many, by the labels of its ends."""

    source: str
    field: str
    target: str

    @property
    def source_app(self) -> str:
        return self.source.partition(".")[0]

    @property
    def target_app(self) -> str:
        return self.target.partition(".")[0]


def relations() -> list[Relation]:
    models: Iterable[type[Model]] = apps.get_models(include_auto_created=True)
    return [
        Relation(model._meta.label, field.name, field.related_model._meta.label)
        for model in models
        if model._meta.app_label in OURS_FROM_THE_BOTTOM
        for field in (*model._meta.get_fields(include_parents=True), *model._meta.private_fields)
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type)
    ]


def points_up(relation: Relation) -> bool:
    if relation.target_app not in OURS_FROM_THE_BOTTOM:
        return False
    return OURS_FROM_THE_BOTTOM.index(relation.target_app) > OURS_FROM_THE_BOTTOM.index(relation.source_app)


def test_it_sees_the_relations_it_judges():
    found = {(relation.source, relation.field, relation.target) for relation in relations()}

    assert ("authorization.Decision", "charger", "chargers.Charger") in found
    assert ("authorization.TokenGroup", "chargers", "chargers.Charger") in found
    assert ("chargers.Licence", "charger", "chargers.Charger") in found
    assert points_up(Relation("chargers.Charger", "owner", "authorization.User"))
    assert not points_up(Relation("authorization.AuditEntry", "user", "authorization.User"))


def test_it_relates_models_to_the_same_or_a_lower_app_only():
    assert [relation for relation in relations() if points_up(relation)] == []


def test_it_relates_nothing_to_tables_that_are_partitioned_by_time():
    assert [relation for relation in relations() if relation.target in GROWING] == []


def test_it_has_no_model_in_the_composition():
    assert list(apps.get_app_config("backoffice").get_models()) == []


def test_it_classifies_every_address():
    assert [route for route in routes() if kind(route) is None] == []


def test_it_classifies_no_address_that_is_not_there():
    assert {route for route in PUBLIC | LOGIN_EXACTLY | set(BY_SECRET) if route not in routes()} == set()
    assert all(of_kind(name) for name in ("public", "agents", "accounts", "api key", "login", "drivers"))


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_sends_strangers_to_the_login(method: str, client: Client):
    for address in map(example, of_kind("login")):
        response = getattr(client, method)(address)

        assert (response.status_code, address) == (302, address)
        assert response.headers["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.django_db
def test_it_asks_who_is_not_in_to_come_in_as_a_driver(client: Client):
    for address in map(example, of_kind("drivers")):
        answers = [client.get(address), client.post(address)]

        assert {answer.status_code for answer in answers} <= {302, 405}, address
        assert {answer.headers["Location"] for answer in answers if answer.status_code == 302} == {"/drive/enter/"}, (
            address
        )


@pytest.mark.django_db
def test_it_leads_drivers_out_of_the_portal(client: Client):
    driver = User.objects.create_user("kim@example.com", None, sees_portal=False)
    client.force_login(driver, backend="django.contrib.auth.backends.ModelBackend")
    routes_of_portal = [*of_kind("login"), "accounts/password/change/", "admin/"]

    answers = {
        (route, method): getattr(client, method)(example(route))
        for route in sampled(routes_of_portal, of="routes for drivers", share=3)
        for method in ("get", "post")
    }

    led = {key: (answer.status_code, answer.headers.get("Location")) for key, answer in answers.items()}
    assert {key: answer for key, answer in led.items() if answer != (302, "/drive/")} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_it_asks_strangers_for_an_api_key(method: str, client: Client):
    answers = {route: getattr(client, method)(example(route)).status_code for route in of_kind("api key")}

    assert len(answers) > 100
    assert {route: status for route, status in answers.items() if status not in {401, 403}} == {}


@pytest.mark.django_db
def test_it_shows_nothing_without_the_secret(client: Client):
    assert {route: client.get(example(route)).status_code for route in BY_SECRET} == BY_SECRET


@pytest.mark.django_db
def test_it_shows_public_pages_to_everybody(client: Client):
    statuses = {route: client.get(example(route)).status_code for route in PUBLIC}

    assert {route: status for route, status in statuses.items() if status != 200} == {}


@pytest.mark.django_db
def test_it_shows_nobody_a_page_of_the_admin_without_a_login(client: Client):
    for route in of_kind("agents"):
        if "<" in route or "^" in route:
            continue
        response = client.get(f"/{route}", follow=True)
        is_sent_to_log_in = bool(response.redirect_chain) and response.redirect_chain[-1][0].startswith(
            "/accounts/login/"
        )

        assert is_sent_to_log_in or response.status_code in {404, 405}, route
