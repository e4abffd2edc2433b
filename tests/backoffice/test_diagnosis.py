"""Findings of `manage.py doctor`: what is wrong with this installation, and how to fix it."""

import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from authorization.models import MobilityProvider
from backoffice import diagnosis
from chargers import tasks
from chargers.lib import ids, partitions, secrets
from chargers.models import Charger, Host, Message, Property
from tests.kit.doctor import _durable, _served, examine

__all__ = ["_durable", "_served"]
NOW = datetime.now(tz=UTC)


@pytest.fixture
def server() -> Iterator["redis.Redis[str]"]:
    with redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True) as client:
        yield client


def test_it_looks_whether_the_address_is_served(settings: Any, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("PUBLIC_BASE_URL", settings.PUBLIC_BASE_URL)

        finding = diagnosis.judge_served(settings.PUBLIC_BASE_URL)

    assert finding.sentence == f"nothing of ours answered at {settings.PUBLIC_BASE_URL} (ConnectError)."
    assert "manage.py up" in finding.remedy
    assert (
        "served" not in diagnosis.judge_public_address(settings.PUBLIC_BASE_URL, allowed_hosts=["127.0.0.1"]).sentence
    )


@pytest.mark.usefixtures("_durable", "_served")
def test_it_finds_the_pages_where_up_serves_them(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("PUBLIC_BASE_URL", raising=False)
    settings.DATA_DIR = tmp_path
    (tmp_path / "address").write_text(settings.PUBLIC_BASE_URL)

    finding = diagnosis.judge_served("http://127.0.0.1:9")

    assert finding.is_well
    assert finding.sentence == f"they are served at {settings.PUBLIC_BASE_URL}."


@pytest.mark.django_db
def test_it_finds_nothing_wrong_with_late_readings():
    Message.objects.create(
        id=ids.generate(now=NOW - timedelta(weeks=7)),
        charger_id=1,
        direction="in",
        ocpp_version="1.6",
        request_at=NOW - timedelta(weeks=7),
        request="[]",
    )

    assert "partitions" not in examine()


@pytest.mark.parametrize(("key", "is_well"), [("k" * 60, False), ("short-but-varied", False), ("0123456789" * 5, True)])
def test_it_wants_a_secret_key_that_nobody_guesses(key: str, is_well: bool):
    finding = diagnosis.judge_secret_key(key)

    assert finding.is_well is is_well
    assert key not in finding.sentence + finding.remedy


@pytest.mark.parametrize(
    ("address", "allowed", "area"),
    [
        ("https://evs.example", ["evs.example"], None),
        ("https://evs.example", [".example"], None),
        ("http://[::1]:8000", ["[::1]"], None),
        ("https://evs.example", ["localhost"], "PUBLIC_BASE_URL"),
        ("https://evs.example", ["*"], "ALLOWED_HOSTS"),
    ],
)
def test_it_compares_the_public_address_with_the_allowed_hosts(address: str, allowed: list[str], area: str | None):
    finding = diagnosis.judge_public_address(address, allowed_hosts=allowed)

    assert (None if finding.is_well else finding.area) == area


def test_it_notices_a_folder_that_cannot_be_written_to(settings: Any, tmp_path: Path):
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file" / "below"

    finding = diagnosis.judge_data_dir()

    assert not finding.is_well
    assert "set DATA_DIR to another folder" in finding.remedy


@pytest.mark.parametrize(
    ("version", "is_embedded", "is_well"),
    [("6.2.14", True, True), ("6.2.14", False, False), ("7.2.4", False, True), ("8.0.1", False, True)],
)
def test_it_says_of_which_branch_redis_is(version: str, is_embedded: bool, is_well: bool):
    finding = diagnosis.judge_redis_version(version, is_embedded=is_embedded)

    assert finding.is_well is is_well
    assert version in finding.sentence
    assert ("not maintained" in finding.sentence) is is_embedded


@pytest.mark.parametrize(("mode", "is_well"), [(0o700, True), (0o710, True), (0o750, False), (0o755, False)])
def test_it_notices_a_folder_that_others_may_look_into(settings: Any, tmp_path: Path, mode: int, is_well: bool):
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir()
    settings.DATA_DIR.chmod(mode)

    finding = diagnosis.judge_data_dir()

    assert finding.is_well is is_well
    assert is_well or f" {settings.DATA_DIR}`." in finding.remedy


@pytest.mark.parametrize(("number", "is_well"), [("140012", False), ("150000", True), ("180001", True)])
def test_it_wants_a_postgresql_with_what_we_use(number: str, is_well: bool):
    assert diagnosis.judge_version(number).is_well is is_well


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_it_trusts_no_database_that_forgets(setting: str):
    shown = {"fsync": "on", "synchronous_commit": "local", "full_page_writes": "on"}
    assert diagnosis.judge_durability(shown).is_well

    finding = diagnosis.judge_durability({**shown, setting: "off"})

    assert f"{setting} is off" in finding.sentence
    assert f"ALTER SYSTEM SET {setting} = on" in finding.remedy


@pytest.mark.django_db
def test_it_asks_the_server_itself_about_durability():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert "synchronous_commit is off" in examine()["durability"]


@pytest.mark.django_db
def test_it_notices_migrations_that_are_not_applied():
    MigrationRecorder(connection).record_unapplied("usersessions", "0001_initial")

    assert "usersessions.0001_initial" in examine()["migrations"]


@pytest.mark.django_db
def test_it_notices_weeks_without_a_partition():
    assert "partitions" not in examine()

    assert "chargers_metervalue has none for the week of 2" in examine(now=NOW + timedelta(weeks=60))["partitions"]


@pytest.mark.django_db
def test_it_is_content_when_the_partitions_are_made():
    later = NOW + timedelta(weeks=60)
    partitions.ensure(now=later)

    assert "partitions" not in examine(now=later)


@pytest.mark.django_db
def test_it_notices_rows_without_a_partition_of_their_own():
    impossible = ids.generate(now=datetime(1970, 1, 1, tzinfo=UTC))
    Message.objects.create(
        id=impossible, charger_id=1, direction="in", ocpp_version="1.6", request_at=NOW, request="[]"
    )

    assert "1 rows lie in chargers_message_default" in examine()["partitions"]


@pytest.mark.django_db
def test_it_notices_secrets_that_can_no_longer_be_read(settings: Any):
    MobilityProvider.objects.create(
        country_code="NL", party_id="EMS", name="Example", token_a_encrypted=secrets.encrypt("token")
    )
    old = settings.FIELD_ENCRYPTION_KEYS
    new = Fernet.generate_key().decode()

    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert (
        "1 of 1 stored secrets cannot be read, the first is of mobility provider NL-EMS."
        in examine()["FIELD_ENCRYPTION_KEYS"]
    )
    settings.FIELD_ENCRYPTION_KEYS = [new, *old]
    assert "FIELD_ENCRYPTION_KEYS" not in examine()


@pytest.mark.django_db
def test_it_notices_that_redis_does_not_answer(settings: Any):
    settings.REDIS_URL = f"unix:///tmp/{uuid.uuid4()}.sock"

    assert "does not answer" in examine()["Redis"]


@pytest.mark.django_db
def test_it_notices_a_redis_that_throws_work_away(server: "redis.Redis[str]"):
    server.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "maxmemory-policy is allkeys-lru" in examine()["Redis"]
    finally:
        server.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize(("told", "is_well"), [({"aof_enabled": 1}, True), ({"aof_enabled": 0}, False), ({}, False)])
def test_it_wants_redis_to_survive_a_restart(told: dict[str, object], is_well: bool):
    assert diagnosis.judge_append_only(told).is_well is is_well


@pytest.mark.parametrize(
    ("encrypting", "address", "is_well"), [(0, "", True), (2, "", False), (2, "wss://chargers.example.com", True)]
)
def test_it_wants_an_encrypted_address_where_chargers_must_encrypt(encrypting: int, address: str, is_well: bool):
    assert diagnosis.judge_encryption(encrypting=encrypting, address=address).is_well is is_well


@pytest.mark.parametrize(
    ("with_certificate", "days", "remedy"),
    [(0, None, ""), (3, None, "charger_ca init"), (3, 4000, ""), (0, 300, "charger_ca renew")],
)
def test_it_wants_an_authority_that_lasts(with_certificate: int, days: int | None, remedy: str):
    valid_to = None if days is None else NOW + timedelta(days=days)

    finding = diagnosis.judge_authority(with_certificate=with_certificate, valid_to=valid_to, now=NOW)

    assert finding.is_well is not bool(remedy)
    assert remedy in finding.remedy


@pytest.mark.django_db
def test_it_names_chargers_that_are_let_in_without_a_password():
    host = Host.objects.create(slug="h", name="H", currency="USD", country="US")
    place = Property.objects.create(host=host, slug="p", name="P", time_zone="UTC")
    Charger.objects.create(
        charger_id="CP1", station_id="S1", property=place, passwordless_until=NOW + timedelta(days=3)
    )

    assert "CP1 until" in examine()["passwords of chargers"]


def test_it_says_who_takes_card_payments_and_what_is_missing_for_it(settings):
    def judge(name: str, *, key: str, webhook_secret: str):
        settings.CARD_PROCESSOR, settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = name, key, webhook_secret
        return diagnosis.judge_card_processor()

    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"

    assert judge("simulated", key="", webhook_secret="").is_well
    assert judge("stripe", key="sk_test_1", webhook_secret="whsec_1").is_well
    assert "STRIPE_WEBHOOK_SECRET" in judge("stripe", key="sk_test_1", webhook_secret="").remedy
    assert "https" in judge("stripe", key="sk_live_1", webhook_secret="whsec_1").remedy
    settings.PUBLIC_BASE_URL = "https://charging.example.com"
    real = judge("stripe", key="sk_live_1", webhook_secret="whsec_1")
    assert real.is_well
    assert "real money" in real.sentence
    assert "https://charging.example.com/webhooks/stripe/" in real.sentence


@pytest.mark.django_db
def test_it_sees_that_workers_and_beat_are_stopped():
    cache.delete(tasks.BEAT_RAN_AT)

    wrong = examine()

    assert "no worker answers for celery, issuers" in wrong["workers"]
    assert "no periodic task ran in the last day" in wrong["beat"]


@pytest.mark.django_db
def test_it_sees_that_only_some_workers_run():
    finding = diagnosis.judge_workers(frozenset({"celery"}), needed=frozenset({"celery", "issuers"}))

    assert "no worker answers for issuers:" in finding.sentence


@pytest.mark.parametrize(("ago", "is_well"), [(timedelta(seconds=20), True), (timedelta(minutes=5), False)])
def test_it_sees_when_beat_ran_last(ago: timedelta, is_well: bool):
    assert diagnosis.judge_beat(NOW - ago, now=NOW).is_well is is_well


@pytest.mark.parametrize(
    ("address", "trusted", "is_well"),
    [("https://a.example", False, False), ("https://a.example", True, True), ("http://127.0.0.1:8000", False, True)],
)
def test_it_wants_the_proxies_named_that_end_tls(address: str, trusted: bool, is_well: bool):
    assert diagnosis.judge_proxies(address, trusted=trusted).is_well is is_well


@pytest.mark.parametrize(
    ("total", "failing", "ours", "is_well"),
    [
        (0, [], [], True),
        (3, ["a"], [], True),
        (1, ["a"], [], True),
        (2, ["a", "b"], [], False),
        (3, ["a"], ["a"], False),
    ],
)
def test_a_failing_property_system_is_its_hosts_matter_unless_all_fail_or_we_do(total, failing, ours, is_well):
    found = diagnosis.judge_property_systems(total, failing=failing, our_failures=ours)

    assert found.is_well is is_well
    assert all(name in found.sentence for name in failing)
