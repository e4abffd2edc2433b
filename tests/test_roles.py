"""What each role may do at every address of the portal: the table, and what really happens."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from authorization.models import (
    AccessGrant,
    AccessRequest,
    ApiKey,
    CompanyLogin,
    Membership,
    MobilityProvider,
    ReimbursementContract,
    Stay,
    User,
    Vehicle,
)
from authorization.people import members, roles
from authorization.people.members import Outsider
from authorization.people.roles import Right, Role
from authorization.tokens import token_imports
from billing.books import ledger
from billing.joining import codes
from billing.joining.codes import WantedCode
from billing.models import (
    Clearing,
    HomeInvoice,
    HomePayout,
    Join,
    LedgerAccount,
    LedgerEntry,
    PaymentFile,
    PlanVersion,
)
from billing.payees import bank_accounts
from billing.payees.agreements import Scope
from billing.payees.bank_accounts import Entered
from billing.payouts import cycle
from billing.plans import catalogue
from billing.webhooks import deliveries
from chargers.acts import jobs
from chargers.acts.jobs import JobOrder
from chargers.commands import queue, uploads
from chargers.commands.queue import CommandRequest
from chargers.jobs.plans import CommandPlan
from chargers.lib import ids, secrets
from chargers.models import Property, Upload, Upstream
from tests.kit import addresses as architecture
from tests.kit import charging
from tests.kit.bank_lines import Line, brought
from tests.kit.certificates import certificate
from tests.kit.payouts import IBAN, Books
from tests.pages.conftest import World, client_of, tap, world

__all__ = ["client_of", "world"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
ANYBODY, AGENTS, NO_SUCH_METHOD = "anybody", "agents", "no such method"
PICKED = "picked"
Need = Right | str | tuple[Right, ...]
SEE, OPERATE, CONNECT = Right.SEE, Right.OPERATE, Right.CONNECT
MANAGE, PEOPLE = Right.MANAGE, Right.PEOPLE
SEE_MONEY, HANDLE_MONEY = Right.SEE_MONEY, Right.HANDLE_MONEY


@dataclass(frozen=True)
class Rule:
    """What it takes to get and to post, and how near a grant must come: charger, place, host, or members only."""

    get: Need
    post: Need = NO_SUCH_METHOD
    scope: str = "host"


def page(need: Need = SEE, scope: str = "host") -> Rule:
    return Rule(get=need, scope=scope)


def form(need: Need, scope: str = "host") -> Rule:
    return Rule(get=need, post=need, scope=scope)


def act(need: Need, scope: str = "host") -> Rule:
    return Rule(get=NO_SUCH_METHOD, post=need, scope=scope)


TABLE = {
    "": page(ANYBODY),
    "authorization/autocharge/": page(ANYBODY),
    "authorization/autocharge/<int:pk>/": Rule(get=SEE, post=MANAGE),
    "authorization/decisions/": page(ANYBODY),
    "authorization/decisions/<uuid:decision_id>/": page(SEE, "charger"),
    "authorization/groups/": page(ANYBODY),
    "authorization/groups/<int:pk>/delete/": form(MANAGE),
    "authorization/groups/<int:pk>/edit/": form(MANAGE),
    "authorization/groups/<slug:slug>/": page(),
    "authorization/groups/add/": form(MANAGE, "somewhere"),
    "authorization/how-it-works/": page(ANYBODY),
    "authorization/offline/": Rule(get=ANYBODY, post=MANAGE),
    "authorization/providers/": page(ANYBODY),
    "authorization/providers/<slug:key>/block/": form(MANAGE),
    "authorization/providers/<slug:key>/unblock/": form(MANAGE),
    "authorization/providers/<slug:key>/resync/": act(MANAGE, "somewhere"),
    "authorization/providers/<str:msp>/": page(ANYBODY),
    "authorization/reasons/": page(ANYBODY),
    "authorization/reimbursement/": page(ANYBODY),
    "authorization/reimbursement/<int:pk>/": form(MANAGE),
    "authorization/reimbursement/<int:pk>/end/": act(MANAGE),
    "authorization/reimbursement/<int:pk>/link/": act(MANAGE),
    "authorization/reimbursement/add/": form(MANAGE, "somewhere"),
    "authorization/requests/": page(ANYBODY),
    "authorization/requests/<int:pk>/": act(MANAGE),
    "authorization/roaming/": page(ANYBODY),
    "authorization/stays/": page(ANYBODY),
    "authorization/stays/<int:pk>/": Rule(get=SEE, post=MANAGE),
    "authorization/stays/<int:pk>/end/": act(MANAGE),
    "authorization/stays/add/": form(MANAGE, "somewhere"),
    "authorization/test/": page(ANYBODY),
    "authorization/tokens/": page(ANYBODY),
    "authorization/tokens/<int:pk>/": page(),
    "authorization/tokens/<int:pk>/claim-code/": act(MANAGE),
    "authorization/tokens/<int:pk>/edit/": form(MANAGE),
    "authorization/tokens/<int:pk>/flags/": form(MANAGE),
    "authorization/tokens/<int:pk>/leave/": act(MANAGE),
    "authorization/tokens/add/": Rule(get=ANYBODY, post=MANAGE, scope=PICKED),
    "authorization/tokens/export/": page(SEE, "members"),
    "authorization/tokens/import/": form(MANAGE),
    "authorization/tokens/import/<int:pk>/": form(MANAGE),
    "books/": page(AGENTS),
    "books/<int:pk>/": page(AGENTS),
    "books/cases/": page(AGENTS),
    "books/payouts/": page(AGENTS),
    "books/sellers/": form(AGENTS),
    "books/bank/": form(AGENTS),
    "books/bank/<int:pk>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "books/clearings/<int:pk>/": act(AGENTS),
    "books/suspense/<int:pk>/": act(AGENTS),
    "books/differences/": page(AGENTS),
    "books/payments/": form(AGENTS),
    "books/payments/<int:pk>/file": page(AGENTS),
    "books/payments/<int:pk>/withdraw/": act(AGENTS),
    "books/disputes/<int:pk>/": form(AGENTS),
    "books/movements/<int:pk>/": act(AGENTS),
    "books/plan-refunds/<int:pk>/": act(AGENTS),
    "books/receivables/<int:pk>/give-up/": act(AGENTS),
    "chargers/": page(ANYBODY),
    "chargers/labels/sheet/": page(ANYBODY),
    "chargers/list.csv": page(ANYBODY),
    "chargers/bulk/": form(ANYBODY),
    "chargers/jobs/": page(ANYBODY),
    "chargers/jobs/<uuid:job_id>/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "chargers/jobs/<uuid:job_id>/items.csv": page(SEE, "charger"),
    "chargers/columns/": act(ANYBODY),
    "chargers/views/": form(ANYBODY),
    "chargers/settings/": form(ANYBODY),
    "chargers/tags/": form(ANYBODY),
    "chargers/<str:charger_id>/": page(SEE, "charger"),
    "chargers/<str:charger_id>/head/": page(SEE, "charger"),
    "chargers/<str:charger_id>/commands/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "chargers/<str:charger_id>/commands/<uuid:command_id>/": page(SEE, "charger"),
    "chargers/<str:charger_id>/commands/any/": page(OPERATE, "charger"),
    "chargers/<str:charger_id>/commands/any/<str:action>/": form(OPERATE, "charger"),
    "chargers/<str:charger_id>/commands/send/": act(OPERATE, "charger"),
    "chargers/<str:charger_id>/configuration/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "chargers/<str:charger_id>/connect/": page(CONNECT, "charger"),
    "chargers/<str:charger_id>/connection/": page(SEE, "charger"),
    "chargers/<str:charger_id>/connection/certificates/<int:certificate_id>/revoke/": act(CONNECT, "charger"),
    "chargers/<str:charger_id>/connection/certificates/renew/": act(CONNECT, "charger"),
    "chargers/<str:charger_id>/connection/password/": act(CONNECT, "charger"),
    "chargers/<str:charger_id>/connection/profile/": act(CONNECT, "charger"),
    "chargers/<str:charger_id>/connection/registration/": act(MANAGE, "charger"),
    "chargers/<str:charger_id>/files/<uuid:upload_id>/": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/<int:connector>/code.svg": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/code.svg": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/labels.pdf": page(SEE, "charger"),
    "chargers/<str:charger_id>/local-list/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "chargers/<str:charger_id>/logs/": page(SEE, "charger"),
    "chargers/<str:charger_id>/logs/<uuid:message_id>/": page(SEE, "charger"),
    "chargers/<str:charger_id>/proxy/": page(SEE, "charger"),
    "chargers/<str:charger_id>/proxy/<int:upstream_id>/": act(MANAGE),
    "chargers/<str:charger_id>/proxy/<int:upstream_id>/commands/": form(MANAGE),
    "chargers/<str:charger_id>/proxy/<int:upstream_id>/edit/": form(MANAGE),
    "chargers/<str:charger_id>/proxy/<int:upstream_id>/leader/": form(MANAGE),
    "chargers/<str:charger_id>/proxy/connect/": form(MANAGE),
    "chargers/<str:charger_id>/proxy/settings/": act(MANAGE),
    "chargers/<str:charger_id>/reports/": page(SEE, "charger"),
    "chargers/<str:charger_id>/uptime/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "chargers/<str:charger_id>/setup/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "chargers/<str:charger_id>/setup/licence/": act(AGENTS),
    "chargers/<str:charger_id>/setup/service/": act(MANAGE),
    "chargers/add/": form(MANAGE, "somewhere"),
    "chargers/pending/": page(AGENTS),
    "people/": page(ANYBODY),
    "people/<slug:host>/": page(SEE, "members"),
    "people/<slug:host>/invitations/<int:pk>/withdraw/": act(PEOPLE),
    "people/<slug:host>/invite/": form(PEOPLE),
    "people/<slug:host>/members/<int:pk>/": form(PEOPLE),
    "people/<slug:host>/outsiders/<int:pk>/": act(PEOPLE),
    "people/<slug:host>/outsiders/add/": form(PEOPLE),
    "company/add/": form(AGENTS),
    "properties/": page(ANYBODY),
    "properties/add/": form(MANAGE, "somewhere"),
    "properties/<slug:slug>/close/": act(MANAGE),
    "properties/<slug:slug>/edit/": form(MANAGE),
    "properties/<slug:slug>/pictures/": act(MANAGE),
    "properties/<slug:slug>/units/": act(MANAGE),
    "properties/<slug:slug>/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "properties/<slug:slug>/disagreements/": page(SEE, "charger"),
    "properties/<slug:slug>/holds/": form(MANAGE),
    "properties/<slug:slug>/power/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "rates/": page(ANYBODY),
    "rates/<int:pk>/": Rule(get=SEE, post=MANAGE),
    "company/": page(SEE_MONEY, "somewhere"),
    "company/<slug:host>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "connections/": page(SEE_MONEY, "somewhere"),
    "connections/<slug:host>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "connections/endpoints/<int:pk>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "connections/deliveries/<int:pk>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "home-charging/": page(ANYBODY),
    "money/": page(ANYBODY),
    "find/": page(ANYBODY),
    "settings/": page(ANYBODY),
    "settings/branding/<slug:host>/": form(MANAGE),
    "settings/sign-in/<slug:host>/": form(PEOPLE),
    "settings/sign-in/<slug:host>/domain/": act(AGENTS),
    "settings/notifications/": form(ANYBODY),
    "settings/refund-offers/<slug:host>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "settings/join-codes/<slug:host>/": form(MANAGE),
    "settings/join-codes/code/<int:pk>/": page(MANAGE),
    "settings/join-codes/code/<int:pk>/stop/": act(MANAGE),
    "settings/join-codes/joins/<int:pk>/": act(MANAGE),
    "settings/api-keys/<slug:host>/": form(PEOPLE),
    "settings/api-keys/<slug:host>/<str:prefix>/revoke/": act(PEOPLE),
    "payouts/": page(ANYBODY),
    "payouts/<slug:host>/": page(SEE_MONEY),
    "payouts/<slug:host>/agreement/": Rule(get=SEE_MONEY, post=AGENTS),
    "payouts/<slug:host>/setup/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "payouts/<slug:host>/bank/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "payouts/<slug:host>/accounts/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "payouts/accounts/<int:pk>/act/": act(HANDLE_MONEY),
    "payouts/one/<uuid:payout_id>/": page(SEE_MONEY),
    "payouts/one/<uuid:payout_id>/act/": act(HANDLE_MONEY),
    "payouts/one/<uuid:payout_id>/bridge.csv": page(SEE_MONEY),
    "payouts/one/<uuid:payout_id>/bridge.pdf": page(SEE_MONEY),
    "payouts/one/<uuid:payout_id>/lines.csv": page(SEE_MONEY),
    "payouts/one/<uuid:payout_id>/<slug:kind>/": page(SEE_MONEY),
    "statements/": page(ANYBODY),
    "statements/<slug:host>/": form(SEE_MONEY),
    "statements/<slug:host>/<str:currency>/<str:month>/": page(SEE_MONEY),
    "statements/<slug:host>/<str:currency>/<str:month>/lines.csv": page(SEE_MONEY),
    "statements/<slug:host>/<str:currency>/<str:month>/pages.pdf": page(SEE_MONEY),
    "home-charging/<slug:host>/<str:month>/close/": act(HANDLE_MONEY),
    "home-charging/invoices/<int:pk>/": page(SEE_MONEY),
    "home-charging/invoices/<int:pk>/lines.csv": page(SEE_MONEY),
    "home-charging/invoices/<int:pk>/pages.pdf": page(SEE_MONEY),
    "home-charging/invoices/<int:pk>/paid/": act(HANDLE_MONEY),
    "home-charging/payouts/<int:pk>/lines.csv": page(SEE_MONEY),
    "home-charging/payouts/<int:pk>/pages.pdf": page(SEE_MONEY),
    "home-charging/payouts/<int:pk>/paid/": act(HANDLE_MONEY),
    "rates/plans/": page(ANYBODY),
    "rates/plans/<int:pk>/": Rule(get=SEE_MONEY, post=MANAGE),
    "rates/plans/<int:pk>/retire/": act(MANAGE),
    "rates/plans/add/<slug:host>/": form(MANAGE),
    "start/": page(ANYBODY),
    "start/<slug:host>/": page(MANAGE),
    "rates/grid/": Rule(get=ANYBODY, post=MANAGE),
    "rates/taxes/": page(ANYBODY),
    "rates/taxes/<slug:slug>/": act(MANAGE),
    "rates/<int:pk>/assign/": act(MANAGE),
    "rates/<int:pk>/rehearsal/": Rule(get=SEE_MONEY, post=MANAGE),
    "rates/<int:pk>/unassign/": act(MANAGE),
    "rates/<int:pk>/withdraw/": act(MANAGE),
    "rates/add/": form(MANAGE, "somewhere"),
    "sessions/": page(ANYBODY),
    "sessions/sessions.csv": page(ANYBODY),
    "alerts/": form(ANYBODY),
    "support/": page(ANYBODY),
    "support/ask/": form(ANYBODY),
    "support/chargers/<str:charger_id>/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "support/sessions/<uuid:session_id>/": page(SEE_MONEY, "charger"),
    "attention/": page(ANYBODY),
    "attention/<str:subject>/": act((OPERATE, HANDLE_MONEY), "charger"),
    "dashboard/charts/": page(ANYBODY),
    "dashboard/next-payouts/": page(ANYBODY),
    "sessions/<uuid:session_id>/": page(SEE_MONEY),
    "sessions/<uuid:session_id>/difference/": act(HANDLE_MONEY),
    "sessions/<uuid:session_id>/refund/": form(HANDLE_MONEY),
    "sessions/<uuid:session_id>/waive/": act(HANDLE_MONEY),
    "sessions/<uuid:session_id>/review/": act(HANDLE_MONEY),
    "sessions/complaints/<int:pk>/": act(HANDLE_MONEY),
    "sessions/offers/<int:pk>/": act(HANDLE_MONEY),
    "sessions/refunds/<uuid:refund_id>/": act(HANDLE_MONEY),
}
"""Every address behind a login. "anybody": a list that shows what one may see, or no host's affair.

"somewhere": also for whoever has the right at another host. "picked": who does not see what is picked in the form
gets the form again, with nothing done."""

INSIDERS: dict[str, Role] = {role.value: role for role in Role}
SAID = {
    "charger": "CP1", "do": "block", "action": "Reset", "ask": "clear_cache", "way": "by_hand",
    "security_profile": "1", "property": "sunset-1", "keeps": "on",
}  # fmt: skip
"""What is posted everywhere, so that nobody is turned away for having said nothing."""
SAID_AT = {"/proxy/": {"way": "pause"}, "/autocharge/": {"do": "suspend"}, "/local-list/": {"step": "push"}}
REACH = {"installer of the charger": {"charger"}, "support of the host": {"charger", "host"}}


def may(who: str, need: Need, scope: str) -> bool:
    """By the table alone."""
    if isinstance(need, tuple):
        return any(may(who, one, scope) for one in need)
    if need == ANYBODY or who == "agent":
        return True
    if who in INSIDERS and isinstance(need, Right):
        return need in roles.RIGHTS[INSIDERS[who]]
    if scope == PICKED and who != "support of the host":
        return True
    if who in REACH:
        role = Role.INSTALLER if who.startswith("installer") else Role.OPERATOR
        return need in roles.GRANTABLE & roles.RIGHTS[role] and scope in REACH[who]
    return who == "stranger" and scope == "somewhere"


@pytest.fixture
def addresses(world: World) -> dict[str, str]:
    """Where there is something to see behind every parameter."""
    message = tap(world.charger, "FFFFFFFF")
    wish = CommandRequest(action="ClearCache", payload={}, origin="system")
    command = queue.request(world.charger, wish, now=NOW)
    order = JobOrder(plan=CommandPlan(command="clear_cache", values={}), chargers=[world.charger.pk])
    job = jobs.start(order, by=world.owner, now=NOW)
    MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    rate = charging.make_rate(world.host)
    charging.assign(rate, world.site, "member")
    upload = Upload.objects.create(
        id=ids.new(now=NOW),
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
    Books(host=world.host, place=world.site, charger=world.charger).sale(1000, at=NOW - timedelta(hours=1))
    [payout] = cycle.close_host(world.host, until=datetime.now(tz=UTC), now=datetime.now(tz=UTC))
    [bank_line] = brought(Line(amount="-1.00", currency="USD"), host=world.host)
    iban = Entered(holder="Sunset Stays", iban=IBAN)
    account = bank_accounts.enter(Scope(host=world.host, currency="USD"), iban, by="user:x", now=NOW)
    values = {
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
        "<str:action>": "Reset",
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
    return {route: _filled(route, values, keys) for route in TABLE}


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


def _filled(route: str, values: dict[str, object], keys: dict[str, int]) -> str:
    filled = route.replace("<slug:slug>", "residents" if "groups" in route else "sunset-1")
    for name, value in values.items():
        filled = filled.replace(name, str(value))
    if "<int:pk>" in filled:
        prefix = next(prefix for prefix in sorted(keys, key=len, reverse=True) if filled.startswith(prefix))
        filled = filled.replace("<int:pk>", str(keys[prefix]))
    assert "<" not in filled, route
    return f"/{filled}"


def _keys(world: World) -> dict[str, int]:
    """The primary key that `<int:pk>` means under each prefix."""
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


def told(client: Client, method: str, address: str, world: World) -> str:
    """What an address answers, with whatever it does undone."""
    said = SAID | {"group": world.group.pk} if method == "post" else {}
    said |= next((one for part, one in SAID_AT.items() if part in address and said), {})
    query = (
        "?host=sunset&do=block" if address.startswith(("/authorization/providers/", "/authorization/tokens/")) else ""
    )
    with transaction.atomic():
        status = getattr(client, method)(address + query, said).status_code
        transaction.set_rollback(True)
    assert status < 500, address
    return {404: "no", 405: NO_SUCH_METHOD}.get(status, "yes")


def test_it_decides_about_every_address():
    assert set(TABLE) == set(architecture.of_kind("login"))


def test_the_table_and_the_memberships_know_the_same_roles():
    assert [role.value for role in Role] == Membership.Role.values
    assert set(roles.RIGHTS) == set(Role)
    assert {kind.role for kind in roles.GRANTS.values()} <= set(Role)
    assert {key: kind.lasts.days for key, kind in roles.GRANTS.items()} == {"support": 7, "installer": 14}


@pytest.mark.parametrize("who", [*INSIDERS, *REACH, "former support of the host", "stranger", "agent"])
def test_every_address_lets_each_person_do_what_the_table_says(
    world: World, addresses: dict[str, str], client_of: Callable[[User], Client], who: str
):
    client = client_of(person(world, who))

    differing = {
        f"{method} {route}": answer
        for route, method, need, scope in _asked(who)
        if (answer := told(client, method, addresses[route], world)) != _expected(who, need, scope, route)
    }

    assert differing == {}


def _asked(who: str) -> Iterator[tuple[str, str, Need, str]]:
    """All for an owner and an agent. Others are tried at whatever they must not do; of what they may, once for each
    right, scope and method: a page is drawn for each.
    """
    tried = set()
    for route, rule in TABLE.items():
        for method, need in (("get", rule.get), ("post", rule.post)):
            answer, way = _expected(who, need, rule.scope, route), (method, str(need), rule.scope)
            if who in {"owner", "agent"} or answer == "no" or way not in tried:
                tried.add(way)
                yield route, method, need, rule.scope


def _expected(who: str, need: Need, scope: str, route: str) -> str:
    if need == NO_SUCH_METHOD:
        return NO_SUCH_METHOD
    return "yes" if may(who, need, scope) else "no"
