"""Findings of `manage.py doctor`: what is wrong with this installation, and how to fix it.

Facts are read in one place and judged in another, so that every judgement can be tested with any facts.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host
from kombu.exceptions import OperationalError

from authorization.models import MobilityProvider, PmsConnection
from authorization.pms import connections
from authorization.pms.failures import Responsible
from backoffice import embedded, health, site_address
from backoffice.celery import app as celery
from billing.models import Payout
from billing.payments import processors
from billing.payouts.cycle import false_terms
from chargers import tasks
from chargers.lib import partitions, private_files, secrets
from chargers.models import Charger, Upstream
from chargers.security import authority

_OLDEST_POSTGRES = 15_00_00
_SHORTEST_SECRET_KEY = 50
_FEWEST_LETTERS = 5
_WEEKS_AHEAD = 2
_READ_BY_OTHERS = 0o067  # group members may pass through: PostgreSQL's user, if root starts it
_REDIS_TIMEOUT_S = 3
_OLDEST_REDIS = (7, 2)
_WORKERS_ANSWER_WITHIN_S = 2.0
_BEAT_LATE = timedelta(minutes=2)
_SERVED_TIMEOUT_S = 3
"""How long the page that `up` serves may take to respond."""
_TERMS_NAMED_FOR = timedelta(days=100)
_AUTHORITY_LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `remedy` tells what to do and is empty if all is well."""

    area: str
    sentence: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy


def examine(*, now: datetime) -> Iterator[Finding]:
    """Runs all checks in turn; a check that cannot run is a finding, too."""
    yield from judge_settings()
    yield judge_data_dir()
    yield from _database(now=now)
    yield from _redis(now=now)


def judge_settings() -> Iterator[Finding]:
    yield _judge_debug(is_enabled=settings.DEBUG)
    yield judge_secret_key(settings.SECRET_KEY)
    yield judge_public_address(settings.PUBLIC_BASE_URL, allowed_hosts=settings.ALLOWED_HOSTS)
    yield judge_served(settings.PUBLIC_BASE_URL)
    yield judge_card_processor()


def judge_card_processor() -> Finding:
    entry = processors.ALL[settings.CARD_PROCESSOR]
    address, title = f"{settings.PUBLIC_BASE_URL}/webhooks/{entry.name}/", entry.title
    if entry.name == processors.SIMULATED:
        return Finding("card payments", "they are simulated: no money moves.")
    if not entry.takes_events:
        needed = " and ".join((*entry.settings, *entry.event_settings))
        return Finding(
            "card payments",
            f"{title} takes them, and {needed} are not all set: {title}'s webhooks are refused.",
            f"Add the endpoint {address} in {title}'s dashboard, and set {needed} as it shows them.",
        )
    if entry.moves_money() and not settings.PUBLIC_BASE_URL.startswith("https://"):
        return Finding(
            "card payments",
            f"{title} takes real money, and PUBLIC_BASE_URL is not https://: {title} sends no webhooks there.",
            "Serve the pages over https and set PUBLIC_BASE_URL accordingly.",
        )
    mode = "takes real money" if entry.moves_money() else "is in test mode: no money moves"
    return Finding("card payments", f"{title} {mode}; its webhooks come to {address}.")


def _judge_debug(*, is_enabled: bool) -> Finding:
    if is_enabled:
        return Finding(
            "DEBUG", "it is on: error pages show settings and source to anybody.", "Unset DEBUG and restart."
        )
    return Finding("DEBUG", "it is off.")


def judge_secret_key(key: str) -> Finding:
    if len(key) < _SHORTEST_SECRET_KEY or len(set(key)) < _FEWEST_LETTERS:
        return Finding(
            "SECRET_KEY",
            f"it has {len(key)} characters, {len(set(key))} of them different: it could be guessed.",
            f"Set it to at least {_SHORTEST_SECRET_KEY} random characters, as from "
            '`python -c "import secrets; print(secrets.token_urlsafe(50))"`. Everybody must log in again then, and '
            "passwords of chargers, which are hashed with it, must be set again.",
        )
    return Finding("SECRET_KEY", f"it has {len(key)} characters.")


def judge_public_address(address: str, *, allowed_hosts: list[str]) -> Finding:
    host = urlsplit(address).hostname or ""
    host_name = f"[{host}]" if ":" in host else host
    if not validate_host(host_name, allowed_hosts):
        return Finding(
            "PUBLIC_BASE_URL",
            f"its host {host_name} is not in ALLOWED_HOSTS: every page there answers 400.",
            f"Add {host_name} to ALLOWED_HOSTS, or correct PUBLIC_BASE_URL ({address}).",
        )
    if "*" in allowed_hosts:
        return Finding(
            "ALLOWED_HOSTS",
            "it allows every host name, so a forged one can get into links that we send.",
            f"Name the hosts instead of *: {host_name}.",
        )
    return Finding("PUBLIC_BASE_URL", f"{address} is what links name, and its host is allowed.")


def judge_served(address: str) -> Finding:
    """Checks by a request.

    If `up` runs with this DATA_DIR on another port than the default, it has noted its address.
    """
    address_file = settings.DATA_DIR / site_address.FILE
    if not os.environ.get("PUBLIC_BASE_URL") and address_file.exists():
        address = address_file.read_text().strip()
    try:
        answer = httpx.get(f"{address}/healthz", timeout=_SERVED_TIMEOUT_S)
        is_ours = answer.status_code == HTTPStatus.OK and answer.json() == {"status": "ok"}
        why = f"{address}/healthz answered {answer.status_code}, and not as we do"
    except (httpx.HTTPError, ValueError) as exc:
        is_ours, why = False, f"nothing of ours answered at {address} ({type(exc).__name__})"
    if is_ours:
        return Finding("pages", f"they are served at {address}.")
    return Finding(
        "pages",
        f"{why}.",
        "Start `manage.py up`, or set PUBLIC_BASE_URL to where the proxy serves it; look from there.",
    )


def judge_data_dir() -> Finding:
    folder = settings.DATA_DIR
    try:
        private_files.make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        return Finding(
            "DATA_DIR",
            f"{folder} cannot be written to ({exc.strerror}).",
            f"Give user {os.geteuid()} the right to write there, or set DATA_DIR to another folder.",
        )
    if folder.stat().st_mode & _READ_BY_OTHERS:
        return Finding(
            "DATA_DIR",
            f"other users of this machine may look into {folder}, where secrets and people's files lie.",
            f"Run `chmod {710 if os.geteuid() == 0 else 700} {folder}`.",
        )
    return Finding("DATA_DIR", f"{folder} can be written to, and others may not look into it.")


def _database(*, now: datetime) -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except DatabaseError as exc:
        yield Finding(
            "database",
            f"PostgreSQL does not answer ({str(exc).strip().splitlines()[0]}).",
            "Run `make demo` in another terminal, or set DATABASE_URL to a server that runs.",
        )
        return
    yield judge_version(_read_setting("server_version_num"))
    yield judge_durability({name: _read_setting(name) for name in ("fsync", "synchronous_commit", "full_page_writes")})
    unapplied = _unapplied_migrations()
    yield judge_migrations(unapplied)
    if not unapplied:
        yield from (_judge_partitions(table, now=now) for table in partitions.TABLES)
        yield from (_judge_default_partition(table, now=now) for table in partitions.TABLES)
        yield judge_stored_secrets()
        yield _property_systems()
        yield judge_terms(false_terms.payouts(since=now - _TERMS_NAMED_FOR))
        yield from _chargers_doors(now=now)


def _chargers_doors(*, now: datetime) -> Iterator[Finding]:
    in_service = Charger.objects.filter(retired_at=None)
    yield judge_encryption(
        encrypting=in_service.filter(security_profile__gte=2).count(), address=settings.CHARGER_TLS_URL
    )
    ca = authority.current()
    with_certificate = in_service.filter(security_profile=3).count()
    yield judge_authority(with_certificate=with_certificate, valid_to=ca.valid_to if ca else None, now=now)
    yield judge_open_doors(in_service.filter(passwordless_until__gt=now).order_by("charger_id"))


def judge_encryption(*, encrypting: int, address: str) -> Finding:
    if encrypting and not address:
        return Finding(
            "CHARGER_TLS_URL",
            f"{encrypting} charger{'s' if encrypting > 1 else ''} must encrypt, and no wss:// address is set for them.",
            "Set CHARGER_TLS_URL to where the proxy or `up --tls-port` takes them, as in docs/connecting.md.",
        )
    return Finding("CHARGER_TLS_URL", f"{address or 'none'}, and {encrypting} chargers must encrypt.")


def judge_authority(*, with_certificate: int, valid_to: datetime | None, now: datetime) -> Finding:
    if valid_to is None:
        if not with_certificate:
            return Finding("charger authority", "there is none, and no charger needs one.")
        return Finding(
            "charger authority",
            f"{with_certificate} chargers of security profile 3 must show a certificate, and nobody here signs any.",
            "Run `python manage.py charger_ca init`.",
        )
    if valid_to - now < _AUTHORITY_LASTS:
        return Finding(
            "charger authority",
            f"it ends on {valid_to:%-d %b %Y}; certificates that it signs end with it.",
            "Run `charger_ca renew`, give proxies the new one as well, and let chargers renew theirs.",
        )
    return Finding("charger authority", f"it signs until {valid_to:%-d %b %Y}.")


def judge_open_doors(chargers: Iterable[Charger]) -> Finding:
    names = [f"{charger.charger_id} until {charger.passwordless_until:%-d %b %Y}" for charger in chargers]
    if names:
        return Finding(
            "passwords of chargers",
            f"these are let in without any: {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}.",
            "Give them a password under Chargers > View > Connection.",
        )
    return Finding("passwords of chargers", "none is let in without one.")


def judge_version(number: str) -> Finding:
    """Checks PostgreSQL's version; `number` is its own: 180001 is 18.1."""
    major = int(number) // 10_000
    if int(number) < _OLDEST_POSTGRES:
        oldest = _OLDEST_POSTGRES // 10_000
        return Finding("database", f"this is PostgreSQL {major}.", f"Upgrade it to {oldest} or newer (18 is tested).")
    return Finding("database", f"PostgreSQL {major} answers.")


def judge_durability(settings_: Mapping[str, str]) -> Finding:
    """Checks that what was acknowledged to a charger survives the death of any process and a power failure."""
    weak = [
        f"{name} is {settings_[name]}"
        for name in ("fsync", "synchronous_commit", "full_page_writes")
        if settings_[name] == "off"
    ]
    if weak:
        statements = "; ".join(f"ALTER SYSTEM SET {sentence.split()[0]} = on" for sentence in weak)
        return Finding(
            "durability",
            f"{', '.join(weak)}: what chargers reported and we confirmed can be lost with the power.",
            f"As PostgreSQL's superuser: {statements}; SELECT pg_reload_conf(). Look for the same setting in "
            "DATABASE_URL's options and in ALTER ROLE, too.",
        )
    return Finding(
        "durability", f"commits are on disk before we answer (synchronous_commit {settings_['synchronous_commit']})."
    )


def judge_migrations(unapplied: list[str]) -> Finding:
    if unapplied:
        return Finding(
            "migrations",
            f"{len(unapplied)} are not applied, the first is {unapplied[0]}.",
            "Run `python manage.py migrate`.",
        )
    return Finding("migrations", "all are applied.")


def _judge_partitions(table: str, *, now: datetime) -> Finding:
    missing = partitions.missing(table, now=now, weeks_ahead=_WEEKS_AHEAD)
    if missing:
        return Finding(
            "partitions",
            f"{table} has none for the week of {missing[0]:%Y-%m-%d}.",
            "See that beat and worker run (`manage.py up` starts them and makes missing partitions).",
        )
    return Finding("partitions", f"{table} has those of the next {_WEEKS_AHEAD} weeks.")


def _judge_default_partition(table: str, *, now: datetime) -> Finding:
    """Checks the default partition.

    Late readings move to their own week by themselves; those with an impossible time stay.
    """
    strays = partitions.count_strays(table, since=now - timedelta(days=settings.MESSAGE_RETENTION_DAYS), until=now)
    if strays:
        return Finding(
            "partitions",
            f"{strays} rows lie in {table}_default: they bear a time to come, or one before MESSAGE_RETENTION_DAYS. "
            "They are found as ever, but do not go with their week when it is too old.",
            f"Look at the clocks of their chargers, and delete what is too old by hand from {table}_default.",
        )
    return Finding("partitions", f"no row of an impossible time lies in {table}_default.")


def _property_systems() -> Finding:
    rows = PmsConnection.objects.filter(is_enabled=True)
    failing = [pms_connection.key for pms_connection in rows.filter(failing_since__isnull=False).order_by("key")]
    our_failures = [
        row.key
        for row in rows.filter(failing_since__isnull=False)
        if (failure := connections.failure(row)) is not None and failure.responsible is Responsible.US
    ]
    return judge_property_systems(rows.count(), failing=failing, our_failures=our_failures)


def judge_property_systems(total: int, *, failing: list[str], our_failures: list[str]) -> Finding:
    """Checks property systems.

    A host repairs its own mistake; if all fail at once, or the fault is ours, an operator must look.
    """
    if not failing:
        return Finding("property systems", f"{total} are connected, and none fails.")
    sentence = f"{len(failing)} of {total} fail: {', '.join(failing[:5])}."
    if our_failures or (len(failing) == total and total > 1):
        first = (our_failures or failing)[0]
        remedy = f"Run `manage.py sync_stays --connection {first}`, and see whether calls leave this machine at all."
        return Finding("property systems", sentence, remedy)
    return Finding("property systems", f"{sentence} Their hosts see why, under Settings > Property systems.")


def judge_terms(payouts: Iterable[Payout]) -> Finding:
    """Reports payouts for which the host was charged by other terms than agreed."""
    payout_names = [f"{payout.label} of {payout.host}" for payout in payouts]
    if not payout_names:
        return Finding("payout agreements", "every payout of late was calculated by the agreed terms.")
    return Finding(
        "payout agreements",
        f"{', '.join(payout_names[:20])} took the standard terms (no fee) instead of what was agreed.",
        "The agreed terms are in force again. Settle the difference with the host; this line goes after 100 days.",
    )


def judge_stored_secrets() -> Finding:
    """Checks that upstreams' passwords and partners' tokens can be decrypted with the present keys."""
    secret_entries = [
        (f"upstream {row.name} of {row.charger or row.property or row.host}", secret)
        for row in Upstream.objects.select_related("charger", "property", "host")
        for secret in (row.password_encrypted, row.client_key_encrypted)
        if secret
    ]
    for row in MobilityProvider.objects.all():
        secrets_of = (row.token_a_encrypted, row.authorize_token_encrypted)
        secret_entries += [(f"mobility provider {row.key}", secret) for secret in secrets_of if secret]
    for connected in PmsConnection.objects.order_by("key").only("key", "url_encrypted", "credentials_encrypted"):
        sealed = (connected.url_encrypted, connected.credentials_encrypted)
        secret_entries += [(f"property system {connected.key}", secret) for secret in sealed if secret]
    unreadable = [whose for whose, secret in secret_entries if not _is_readable(secret)]
    if unreadable:
        return Finding(
            "FIELD_ENCRYPTION_KEYS",
            f"{len(unreadable)} of {len(secret_entries)} stored secrets cannot be read, the first is of "
            f"{unreadable[0]}.",
            "Add the key they were encrypted with to the end of FIELD_ENCRYPTION_KEYS, or enter those secrets again.",
        )
    return Finding("FIELD_ENCRYPTION_KEYS", f"all {len(secret_entries)} stored secrets can be read.")


def _redis(*, now: datetime) -> Iterator[Finding]:
    try:
        with health.redis_client(timeout_s=_REDIS_TIMEOUT_S) as client:
            facts = {**client.info("persistence"), **client.info("memory"), **client.info("server")}
    except redis.RedisError as exc:
        yield Finding(
            "Redis",
            f"it does not answer ({exc}).",
            "Run `make demo` in another terminal, or set REDIS_URL to a server that runs.",
        )
        return
    is_embedded = embedded.Servers(settings.DATA_DIR).redis_url == settings.REDIS_URL
    yield judge_redis_version(str(facts["redis_version"]), is_embedded=is_embedded)
    yield judge_append_only(facts)
    yield judge_eviction(facts)
    yield judge_workers(_queues_worked_on(), needed=_queues())
    yield judge_beat(cache.get(tasks.BEAT_RAN_AT), now=now)
    yield judge_proxies(settings.PUBLIC_BASE_URL, trusted=bool(settings.TRUSTED_PROXIES))


def judge_workers(served: frozenset[str], *, needed: frozenset[str]) -> Finding:
    """Checks the workers. `served`: the queues from which running workers take tasks."""
    missing = sorted(needed - served)
    if missing:
        return Finding(
            "workers",
            f"no worker answers for {', '.join(missing)}: sessions are not settled, mails and webhooks not sent.",
            "Start them: `manage.py up` does, or `celery -A backoffice worker --queues " + ",".join(missing) + "`.",
        )
    return Finding("workers", f"they work on {', '.join(sorted(needed))}.")


def judge_beat(ran_at: datetime | None, *, now: datetime) -> Finding:
    if ran_at is None or now - ran_at > _BEAT_LATE:
        since = f"since {ran_at:%Y-%m-%d %H:%M} UTC" if ran_at else "in the last day"
        return Finding(
            "beat",
            f"no periodic task ran {since}: nothing is swept, settled or sent by itself.",
            "Start beat and the workers: `manage.py up` does, or `celery -A backoffice beat`.",
        )
    return Finding("beat", "periodic tasks run.")


def judge_proxies(address: str, *, trusted: bool) -> Finding:
    if address.startswith("https://") and not trusted:
        return Finding(
            "TRUSTED_PROXIES",
            "it is empty, and PUBLIC_BASE_URL is https://: all clients behind the proxy share its limits, so that "
            "wrong passwords of one lock out all.",
            "Set it to the networks of the reverse proxy that ends TLS, as in docs/connecting.md.",
        )
    return Finding("TRUSTED_PROXIES", "proxies are named." if trusted else "none: clients connect directly.")


def _queues() -> frozenset[str]:
    routed = (route["queue"] for route in settings.CELERY_TASK_ROUTES.values())
    return frozenset({celery.conf.task_default_queue, *routed})


def _queues_worked_on() -> frozenset[str]:
    try:
        answers = celery.control.inspect(timeout=_WORKERS_ANSWER_WITHIN_S).active_queues() or {}
    except (OSError, OperationalError):
        return frozenset()
    return frozenset(queue["name"] for queues in answers.values() for queue in queues)


def judge_redis_version(version: str, *, is_embedded: bool) -> Finding:
    """Checks Redis' version.

    The embedded one is of a branch without fixes, but only our own user can open its socket.
    """
    is_old = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) < _OLDEST_REDIS
    if is_old and is_embedded:
        return Finding(
            "Redis",
            f"{version} answers, out of a Python wheel; its branch is not maintained, so it listens on a socket of "
            "this user alone. Set REDIS_URL to a maintained server where others use this machine.",
        )
    if is_old:
        oldest = ".".join(map(str, _OLDEST_REDIS))
        return Finding(
            "Redis",
            f"this is {version}, of a branch that gets no fixes.",
            f"Upgrade it to Redis {oldest} or newer, or to Valkey.",
        )
    return Finding("Redis", f"{version} answers.")


def judge_append_only(redis_info: Mapping[str, object]) -> Finding:
    """Checks Redis' append-only file; `redis_info` is the answer to INFO."""
    if redis_info.get("aof_enabled") != 1:
        return Finding(
            "Redis",
            "appendonly is off: its restart forgets work that waits (the sweeps find it later).",
            "CONFIG SET appendonly yes, and the same in redis.conf.",
        )
    return Finding("Redis", "it survives a restart (appendonly yes).")


def judge_eviction(redis_info: Mapping[str, object]) -> Finding:
    policy = redis_info.get("maxmemory_policy")
    if policy != "noeviction":
        return Finding(
            "Redis",
            f"its maxmemory-policy is {policy}: when it is full it throws away work that waits.",
            "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.",
        )
    return Finding("Redis", "it throws nothing away (noeviction).")


def _is_readable(secret: str) -> bool:
    try:
        secrets.decrypt(secret)
    except secrets.UnreadableSecretError:
        return False
    return True


def _unapplied_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _read_setting(setting: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        (value,) = cursor.fetchone() or ("",)
    return str(value)
