"""Agents' acts on a partner's connection: connect, invite, disconnect, push again; each in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import MobilityProvider, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.calling.calls import Outcome
from billing.roaming.console import trials
from billing.roaming.console.trials import DryCdr
from billing.roaming.credentials import handshake
from billing.roaming.credentials.handshake import Step
from billing.roaming.partners import connections, partner_tokens
from billing.roaming.pushes import pushing
from chargers.lib import secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """A partner's address and options. An empty token A preserves the stored one."""

    versions_url: str
    token_a: str = ""
    token_form: str = ""
    negates_all: bool = False


def connect(msp: MobilityProvider, particulars: Particulars, *, by: User, now: datetime) -> Sequence[Step]:
    """Stores the partner's address, and does the handshake. Returns every step. Raises NotAllowedError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        values = {"versions_url": particulars.versions_url}
        if particulars.token_a:
            values["token_a_encrypted"] = secrets.encrypt(particulars.token_a)
        MobilityProvider.objects.filter(pk=msp.pk).update(**values)
        connection = connections.of_provider(msp)
        connection.token_form, connection.negates_all = particulars.token_form, particulars.negates_all
        connection.save(update_fields=["token_form", "negates_all"])
        after = {"versions_url": particulars.versions_url, "token_a": bool(particulars.token_a)}
        audit.write("provider.connect_asked", _subject(msp), user=by, now=now, after=after)
    msp.refresh_from_db()
    return list(handshake.connect(connections.of_provider(msp), now=now))


def invite(msp: MobilityProvider, *, by: User, now: datetime) -> str:
    """Returns a token A with which the partner registers here. Raises NotAllowedError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        token = partner_tokens.issue(connections.of_provider(msp), partner_tokens.Kind.REGISTRATION, now=now)
        audit.write("provider.invited", _subject(msp), user=by, now=now)
    return token


def disconnect(connection: RoamingConnection, *, by: User, now: datetime) -> Step:
    """Ends the connection, also at the partner if it can be reached. Raises NotAllowedError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        audit.write("provider.disconnected", _subject(connection.msp), user=by, now=now)
    return handshake.disconnect(connection, now=now)


def push_everything(connection: RoamingConnection, *, by: User, now: datetime) -> int:
    """Sends all locations, tariffs and sessions again in full. Raises NotAllowedError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        count = pushing.mark_everything(connection, kinds=["location", "tariff", "session"], now=now)
        audit.write("provider.push_asked", _subject(connection.msp), user=by, now=now, after={"objects": count})
    return count


def send_again(exchange: RoamingExchange, *, by: User, now: datetime) -> Outcome:
    """Repeats one request. Raises NotAllowedError, trials.TrialError."""
    access.require_agent(by, Right.MANAGE)
    outcome = trials.send_again(exchange)
    assert exchange.connection is not None
    with transaction.atomic():
        after = {"exchange": str(exchange.pk), "answer": outcome.http}
        audit.write("provider.sent_again", _subject(exchange.connection.msp), user=by, now=now, after=after)
    return outcome


def try_out(connection: RoamingConnection, trial: str, value: str, *, by: User, now: datetime) -> Outcome | DryCdr:
    """Runs one of the trials of the test console. Raises NotAllowedError, trials.TrialError."""
    access.require_agent(by, Right.MANAGE)
    with transaction.atomic():
        audit.write("provider.tried", _subject(connection.msp), user=by, now=now, after={"trial": trial})
    match trial:
        case "tokens":
            return trials.pull_tokens(connection)
        case "authorize":
            return trials.authorize(connection, value.strip(), kind="RFID")
        case "location":
            return trials.push_location(connection, value, now=now)
        case _:
            return trials.dry_cdr(connection, value, now=now)


def _subject(msp: MobilityProvider) -> audit.Subject:
    return audit.Subject("provider", msp.key, msp.name)
