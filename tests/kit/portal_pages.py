"""Every page behind a login with content, and the users who may or may not open it."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from authorization.models import (
    AccessGrant,
    AccessRequest,
    ApiKey,
    CompanyLogin,
    Membership,
    MobilityProvider,
    PmsConnection,
    ReimbursementContract,
    Stay,
    User,
    Vehicle,
)
from authorization.people import members
from authorization.people.members import Outsider
from authorization.people.roles import Role
from authorization.pms import connections
from authorization.tokens import token_imports
from billing.models import (
    Clearing,
    FolioCharge,
    HomeInvoice,
    HomePayout,
    Join,
    LedgerAccount,
    LedgerEntry,
    PaymentFile,
    PlanVersion,
    RoamingConnection,
    RoamingExchange,
)
from billing.payments.books import ledger
from billing.payments.webhooks import deliveries
from billing.payouts.cycle import cycle
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import Entered
from billing.sessions.join_codes import codes
from billing.sessions.join_codes.codes import WantedCode
from billing.sessions.plans import catalogue
from chargers.acts import jobs
from chargers.acts.jobs import JobOrder
from chargers.commands import queue, uploads
from chargers.commands.queue import CommandRequest
from chargers.jobs.plans import CommandPlan
from chargers.lib import ids, secrets
from chargers.models import Property, Upload, Upstream
from support.models import Article, ArticleText
from tests.kit import charging
from tests.kit.addresses import of_kind
from tests.kit.bank_lines import Line, brought
from tests.kit.certificates import certificate
from tests.kit.payouts import IBAN, Books
from tests.kit.world import World, tap

NOW = datetime.now(tz=UTC)
INSIDERS: dict[str, Role] = {role.value: role for role in Role}


@pytest.fixture
def addresses(world: World) -> dict[str, str]:
    """Returns every address behind a login, with existing objects for every parameter."""
    message = tap(world.charger, "FFFFFFFF")
    wish = CommandRequest(action="ClearCache", payload={}, origin="system")
    command = queue.request(world.charger, wish, now=NOW)
    order = JobOrder(plan=CommandPlan(command="clear_cache", values={}), chargers=[world.charger.pk])
    job = jobs.start(order, by=world.owner, now=NOW)
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    exchange = RoamingExchange.objects.create(
        id=ids.generate(now=NOW),
        connection=RoamingConnection.objects.create(msp=msp),
        direction="out",
        method="GET",
        url="https://partner.example/ocpi/versions",
        module="versions",
        http_status=200,
        ocpi_status=1000,
        at=NOW,
    )
    rate = charging.make_rate(world.host)
    charging.assign(rate, world.site, "member")
    upload = Upload.objects.create(
        id=ids.generate(now=NOW),
        charger=world.charger,
        kind="x",
        secret_hash="x",
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
        received_at=NOW,
    )
    uploads.path(upload.pk).parent.mkdir(exist_ok=True)
    uploads.path(upload.pk).write_bytes(b"told")
    elsewhere = world.stranger.memberships.get().host
    Property.objects.create(host=elsewhere, slug="lakeside-1", name="Lakeside 1", time_zone="UTC")
    session = charging.charge(world.charger)
    FolioCharge.objects.create(
        session=session, booking_key="b", key="ev-1", amount_minor=1, currency="USD", state="charged",
        external_ref="1", due_at=NOW, created_at=NOW,
    )  # fmt: skip
    Books(host=world.host, place=world.site, charger=world.charger).sale(1000, at=NOW - timedelta(hours=1))
    [payout] = cycle.close_host(world.host, until=datetime.now(tz=UTC), now=datetime.now(tz=UTC))
    [bank_line] = brought(Line(amount="-1.00", currency="USD"), host=world.host)
    iban = Entered(holder="Sunset Stays", iban=IBAN)
    account = bank_accounts.enter(Scope(host=world.host, currency="USD"), iban, by="user:x", now=NOW)
    article = Article.objects.create(slug="sunset-1", audience="host", added_at=NOW)
    ArticleText.objects.create(article=article, language="en", title="Sunset 1", version=1, changed_at=NOW)
    values = {
        "<uuid:exchange_id>": exchange.pk,
        "<uuid:payout_id>": payout.pk,
        "<str:subject>": "charger:CP1",
        "<slug:kind>": payout.bridge[0]["kind"],
        "<uuid:refund_id>": charging.refund(session).pk,
        "<int:upstream_id>": Upstream.objects.create(charger=world.charger, name="Other", url="wss://o.example").pk,
        "<uuid:decision_id>": message.decision_id,
        "<uuid:message_id>": message.id,
        "<uuid:command_id>": command.id,
        "<uuid:job_id>": job.pk,
        "<uuid:session_id>": session.pk,
        "<uuid:upload_id>": upload.pk,
        "<int:certificate_id>": certificate(world.charger).pk,
        "<int:connector>": 1,
        "<slug:host>": "sunset",
        "<str:month>": "2026-03",
        "<str:currency>": "USD",
        "<str:charger_id>": "CP1",
        "<str:msp>": "NL-EMS",
        "<slug:key>": "NL-EMS",
        "<slug:chart>": "uptime",
        "<str:action>": "Reset",
        "<str:kind>": "guesty",
        "<slug:connection>": _connected(world).key,
        "<str:prefix>": ApiKey.objects.create_key(name="x", host=world.host)[0].prefix,
    }
    keys = _keys(world) | {
        "rates/": rate.rate_id,
        "payouts/accounts/": account.pk,
        "books/": LedgerAccount.objects.filter(host=world.host)[0].pk,
        "books/bank/": bank_line.pk,
        "books/clearings/": _clearing(world).pk,
        "books/suspense/": LedgerEntry.objects.filter(host=world.host).order_by("pk")[0].pk,
        "books/payments/": PaymentFile.objects.create(
            message_id="PAY-1",
            format="csv",
            currency="EUR",
            execution_on=NOW.date(),
            total_minor=1,
            count=1,
            sha256=hashlib.sha256(b"x").hexdigest(),
            content_encrypted=secrets.encrypt("x"),
            made_by="x",
            made_at=NOW,
        ).pk,
        "books/disputes/": charging.dispute(session).pk,
        "books/receivables/": charging.receivable(session).pk,
        "books/movements/": charging.movement().pk,
        "books/plan-refunds/": charging.refused_of_plan(world.host).pk,
        "sessions/complaints/": charging.complaint(session).pk,
        "sessions/offers/": charging.offer(session).pk,
    }
    return {route: _filled(route, values, keys) for route in of_kind("login")}


def _clearing(world: World) -> Clearing:
    [line] = brought(Line(amount="2.00", currency="USD"))
    return Clearing.objects.create(
        line=line,
        host=world.host,
        code=LedgerAccount.Code.PLATFORM_REVENUE,
        amount_minor=200,
        currency="USD",
        reason="x",
        asked_by="user:x",
        asked_at=NOW,
    )


def _connected(world: World) -> PmsConnection:
    """A calendar of the host, whose only listing has no unit yet."""
    wanted = connections.ConnectionSettings(name="Villa", kind="ical", url="https://example.com/villa.ics")
    with transaction.atomic():
        return connections.add(world.host, wanted, now=NOW)


def _filled(route: str, values: dict[str, object], keys: dict[str, int]) -> str:
    filled = route.replace("<slug:slug>", "residents" if "groups" in route else "sunset-1")
    for name, value in values.items():
        filled = filled.replace(name, str(value))
    if "<int:pk>" in filled:
        prefix = next(prefix for prefix in sorted(keys, key=len, reverse=True) if filled.startswith(prefix))
        filled = filled.replace("<int:pk>", str(keys[prefix]))
    filled = filled.replace("<int:key_id>", "1")
    assert "<" not in filled, route
    return f"/{filled}"


def _keys(world: World) -> dict[str, int]:
    """Returns the primary key that `<int:pk>` stands for under each prefix."""
    days = {"arrives_at": NOW - timedelta(days=1), "departs_at": NOW + timedelta(days=1)}
    contract = ReimbursementContract.objects.create(
        host=world.host, token=world.member, name="Kim", employer="Acme", currency="USD", active_from=NOW
    )
    outsider = Outsider(email="helper@example.com", kind="support", reason="x")
    grant, invited = members.let_in(world.host, outsider, by=world.owner, now=NOW)
    kept = token_imports.keep(world.host, name="x", content=b"uid\n04A1B2C3D4\n", by="x", now=NOW)
    asked = AccessRequest.objects.create(charger=world.charger, secret="x", name="Kim", asked_at=NOW)
    car = Vehicle.objects.create(
        host=world.host, uid="VID:AABBCCDDEEFF", canonical_uid="VID:AABBCCDDEEFF", first_seen_at=NOW, seen_at=NOW
    )
    invoice = HomeInvoice.objects.create(
        host=world.host,
        employer="Acme",
        month=NOW.date().replace(day=1),
        series="H2026",
        number=1,
        currency="USD",
        total_minor=310,
        energy_wh=10_000,
        issued_at=NOW,
    )
    offer = catalogue.PlanTerms(fee_minor=990, currency="USD", included_wh=0, proration=PlanVersion.Proration.FULL)
    payout = HomePayout.objects.create(invoice=invoice, contract=contract, amount_minor=310, energy_wh=10_000)
    endpoint, _ = deliveries.add(world.host, url="https://example.com/", kinds=None, by="user:x", now=NOW)
    deliveries.test(endpoint, now=NOW)
    ledger.post(
        ledger.Movement(
            host=world.host,
            currency="USD",
            cause=ledger.Cause(type="test", id="1", kind="x"),
            memo="x",
            lines={ledger.Code.GUEST_RECEIVABLE: 1, ledger.Code.HOST_PAYABLE: -1},
            occurred_at=NOW,
        ),
        now=NOW,
    )
    CompanyLogin.objects.create(host=world.host, key="x", name="Acme", domain="acme.example", changed_at=NOW)
    code = codes.make(world.host, WantedCode(name="Lobby", groups=[world.group]), now=NOW)
    return {
        "settings/join-codes/code/": code.pk,
        "settings/join-codes/joins/": Join.objects.create(code=code, email="kim@example.com", asked_at=NOW).pk,
        "connections/endpoints/": endpoint.pk,
        "connections/deliveries/": endpoint.deliveries.get().pk,
        "home-charging/invoices/": invoice.pk,
        "rates/plans/": catalogue.make(world.host, name="Neighbour", offer=offer, now=NOW).plan.pk,
        "home-charging/payouts/": payout.pk,
        "authorization/groups/": world.group.pk,
        "authorization/tokens/": world.member.pk,
        "authorization/tokens/import/": kept.pk,
        "authorization/requests/": asked.pk,
        "authorization/autocharge/": car.pk,
        "authorization/reimbursement/": contract.pk,
        "authorization/stays/": Stay.objects.create(property=world.site, token=world.member, **days).pk,
        "people/sunset/invitations/": invited.invitation.pk,
        "people/sunset/members/": world.host.memberships.get(user=world.teammate).pk,
        "people/sunset/outsiders/": grant.pk,
    }


def person(world: World, who: str) -> User:
    if who in {"agent", "stranger"}:
        return world.agent if who == "agent" else world.stranger
    user = User.objects.create(email=f"the-{who.replace(' ', '-')}@example.com", email_confirmed_at=NOW)
    if who in INSIDERS:
        Membership.objects.create(user=user, host=world.host, role=who)
        return user
    role = "installer" if who.startswith("installer") else "operator"
    charger = world.charger if who.startswith("installer") else None
    ends_at = NOW - timedelta(days=1) if who.startswith("former") else NOW + timedelta(days=1)
    AccessGrant.objects.create(
        user=user,
        host=world.host,
        charger=charger,
        role=role,
        reason="x",
        granted_at=NOW - timedelta(days=3),
        ends_at=ends_at,
    )
    return user


def query(address: str) -> str:
    """Returns the query that some pages require."""
    chooses = address.startswith(("/authorization/providers/", "/authorization/tokens/"))
    return "?host=sunset&do=block" if chooses else ""
