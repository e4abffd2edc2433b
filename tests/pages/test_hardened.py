"""What every answer tells browsers and search engines, what `check --deploy` finds, and secrets in filters."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings as django_settings
from django.test import Client

from authorization.models import User
from chargers.lib import ids
from chargers.models import Message
from tests.kit import charging
from tests.kit.logging_in import logged_in
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


def test_a_deployment_behind_tls_passes_the_check():
    environment = {
        **os.environ,
        "PUBLIC_BASE_URL": "https://charging.example", "ALLOWED_HOSTS": "charging.example", "DEBUG": "",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_+",
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": "postgres://x:y@127.0.0.1:1/z", "REDIS_URL": "redis://127.0.0.1:1/0",
    }  # fmt: skip

    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stderr


def test_no_field_has_a_fixed_time_as_its_default():
    """Around the hour of such a default, ten seconds each way, the check above warns (fields.W161)."""
    fixed = [
        str(field)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field.default, date | time)
    ]

    assert not fixed


@pytest.mark.parametrize(
    "filters",
    [
        "billing/session/?secret__startswith=a",
        "authorization/user/?password__startswith=p",
        "authorization/invitation/?secret_hash__startswith=a",
        "billing/hold/?session__secret__startswith=a",
        "chargers/message/?charger__key_hash__startswith=a",
        "chargers/command/?charger__next_key_hash__gte=a",
        "authorization/auditentry/?user__password__contains=a",
    ],
)
def test_agents_filter_by_no_hidden_secret(world: World, filters: str):
    assert logged_in(world.agent).get(f"/admin/{filters}").status_code == 400


def test_agents_filter_by_what_they_see(world: World):
    client = logged_in(world.agent)

    answers = [
        client.get(f"/admin/{page}").status_code
        for page in (
            "billing/session/?state__exact=settled",
            "chargers/charger/?q=CP1",
        )
    ]

    assert answers == [200] * 2


@pytest.mark.parametrize(
    "payload",
    ['{"vendorId":"\\ud800"}', "[" * 5000 + "]" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, '"\\udfff\\ud800"'],
    ids=["half a pair", "deep list", "deep object", "two halves"],
)
def test_a_log_row_is_shown_whatever_its_frame_holds(world: World, payload: str):
    row = Message.objects.create(
        id=ids.generate(now=NOW),
        charger=world.charger,
        direction="in",
        ocpp_version="1.6",
        message_type=2,
        message_id="1",
        action="DataTransfer",
        request_at=NOW,
        request=f'[2,"1","DataTransfer",{payload}]',
        answer_at=NOW,
        answer=f'[3,"1",{payload}]',
        answer_type=3,
    )
    client = logged_in(world.owner)

    pages = [
        client.get(page).status_code
        for page in ("/chargers/CP1/logs/", "/chargers/CP1/logs/?after=0", f"/chargers/CP1/logs/{row.pk}/")
    ]
    found = logged_in(world.agent).get(f"/admin/chargers/message/{row.pk}/change/")

    assert pages[0] == pages[2] == 200
    assert pages[1] < 500
    assert found.status_code == 200


def test_the_schema_is_made_once(world: World, monkeypatch: pytest.MonkeyPatch):
    client = Client()
    first = client.get("/api/v1/schema/?format=json")

    monkeypatch.setattr("drf_spectacular.generators.SchemaGenerator.get_schema", lambda *_, **__: pytest.fail("again"))
    second = client.get("/api/v1/schema/?format=json&lang=de")

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert first.json()["paths"]
    assert "max-age" in first.headers["Cache-Control"]


def test_declined_cards_are_few_where_a_rest_is_paid(world: World):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)

    statuses = [
        Client().post(f"/s/{session.secret}/rest/", {"card": "4000000000000002", "pay": "yes"}).status_code
        for _ in range(12)
    ]

    assert 429 not in statuses[:10]
    assert statuses[10:] == [429, 429]


def test_declined_cards_are_few_in_a_driver_s_account(world: World):
    user = User.objects.create_user("kim@example.com", None, sees_portal=False, email_confirmed_at=NOW)
    client = logged_in(user)

    statuses = [client.post("/drive/cards/", {"card": "4000000000000002"}).status_code for _ in range(12)]

    assert 429 not in statuses[:10]
    assert statuses[10:] == [429, 429]
