"""What each role may do at every address of the portal: the table, and what really happens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import Client

from authorization.models import (
    Membership,
    User,
)
from authorization.people import roles
from authorization.people.roles import Right, Role
from tests.kit.addresses import of_kind
from tests.kit.portal_pages import INSIDERS, addresses, person, query
from tests.kit.world import World

__all__ = ["addresses"]
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
    "authorization/decisions/by-day.csv": page(ANYBODY),
    "authorization/decisions/<uuid:decision_id>/": page(SEE, "charger"),
    "authorization/groups/": page(ANYBODY),
    "authorization/groups/<int:pk>/delete/": form(MANAGE),
    "authorization/groups/<int:pk>/budget/<slug:scope>/": form(MANAGE),
    "authorization/groups/<int:pk>/edit/": form(MANAGE),
    "authorization/groups/<slug:slug>/": page(),
    "authorization/groups/add/": form(MANAGE, "somewhere"),
    "authorization/how-it-works/": page(ANYBODY),
    "authorization/offline/": Rule(get=ANYBODY, post=MANAGE),
    "authorization/providers/": page(ANYBODY),
    "authorization/providers/<slug:key>/block/": form(MANAGE),
    "authorization/providers/<slug:key>/unblock/": form(MANAGE),
    "authorization/providers/<slug:key>/resync/": act(MANAGE, "somewhere"),
    "authorization/providers/<slug:key>/connection/": form(AGENTS),
    "authorization/providers/<slug:key>/connection/docket/": page(AGENTS),
    "authorization/providers/<slug:key>/connection/exchanges/": page(AGENTS),
    "authorization/providers/<slug:key>/connection/exchanges/<uuid:exchange_id>/": form(AGENTS),
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
    "authorization/stays/<int:pk>/card/": act(MANAGE),
    "authorization/stays/<int:pk>/end/": act(MANAGE),
    "authorization/stays/<int:pk>/message/": act(MANAGE),
    "authorization/stays/<int:pk>/phones/<int:key_id>/": act(MANAGE),
    "authorization/stays/add/": form(MANAGE, "somewhere"),
    "authorization/test/": page(ANYBODY),
    "authorization/tokens/": page(ANYBODY),
    "authorization/tokens/<int:pk>/": page(),
    "authorization/tokens/<int:pk>/claim-code/": act(MANAGE),
    "authorization/tokens/<int:pk>/budget/": form(MANAGE),
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
    "chargers/map/": page(ANYBODY),
    "chargers/map/data/": page(ANYBODY),
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
    "chargers/<str:charger_id>/label/<int:connector>/code.png": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/code.svg": page(SEE, "charger"),
    "chargers/<str:charger_id>/label/code.png": page(SEE, "charger"),
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
    "chargers/<str:charger_id>/setup/hardware/": form(CONNECT, "charger"),
    "chargers/<str:charger_id>/setup/ladder/": act(OPERATE, "charger"),
    "chargers/<str:charger_id>/setup/licence/": act(AGENTS),
    "chargers/<str:charger_id>/setup/service/": act(MANAGE),
    "chargers/add/": form(MANAGE, "somewhere"),
    "chargers/import/": form(MANAGE, "somewhere"),
    "chargers/import/template.csv": page(ANYBODY),
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
    "properties/<slug:slug>/labels.pdf": page(SEE, "charger"),
    "properties/<slug:slug>/labels-svg.zip": page(SEE, "charger"),
    "properties/<slug:slug>/labels-png.zip": page(SEE, "charger"),
    "properties/<slug:slug>/close/": act(MANAGE),
    "properties/<slug:slug>/edit/": form(MANAGE),
    "properties/<slug:slug>/pictures/": act(MANAGE),
    "properties/<slug:slug>/units/": act(MANAGE),
    "properties/<slug:slug>/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "properties/<slug:slug>/disagreements/": page(SEE, "charger"),
    "properties/<slug:slug>/holds/": form(MANAGE),
    "properties/<slug:slug>/who/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "properties/<slug:slug>/ladder/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "properties/<slug:slug>/maintenance/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "properties/<slug:slug>/power/": Rule(get=SEE, post=MANAGE, scope="charger"),
    "properties/<slug:slug>/power.csv": page(SEE, "charger"),
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
    "settings/branding/<slug:host>/domain/": act(MANAGE),
    "settings/branding/<slug:host>/preview/colours.css": page(MANAGE),
    "settings/branding/<slug:host>/preview/mail/": page(MANAGE),
    "settings/sign-in/<slug:host>/": form(PEOPLE),
    "settings/sign-in/<slug:host>/domain/": act(AGENTS),
    "settings/notifications/": form(ANYBODY),
    "settings/status-page/<slug:host>/": form(MANAGE),
    "settings/refund-offers/<slug:host>/": Rule(get=SEE_MONEY, post=HANDLE_MONEY),
    "settings/stay-messages/<slug:host>/": form(MANAGE),
    "settings/join-codes/<slug:host>/": form(MANAGE),
    "settings/join-codes/code/<int:pk>/": page(MANAGE),
    "settings/join-codes/code/<int:pk>/stop/": act(MANAGE),
    "settings/join-codes/joins/<int:pk>/": act(MANAGE),
    "settings/property-systems/<slug:host>/": form(MANAGE),
    "settings/property-systems/<slug:host>/add/<str:kind>/": form(MANAGE),
    "settings/property-systems/connection/<slug:connection>/": form(MANAGE),
    "settings/api-keys/<slug:host>/": form(PEOPLE),
    "settings/support-access/<slug:host>/": form(PEOPLE),
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
    "support/articles/": page(ANYBODY),
    "support/articles/<slug:slug>/": page(ANYBODY),
    "support/articles/<slug:slug>/answer/": act(ANYBODY),
    "support/ask/": form(ANYBODY),
    "support/chargers/<str:charger_id>/": Rule(get=SEE, post=OPERATE, scope="charger"),
    "support/chargers/<str:charger_id>/sign/": act(OPERATE, "charger"),
    "support/sessions/<uuid:session_id>/": page(SEE_MONEY, "charger"),
    "attention/": page(ANYBODY),
    "attention/<str:subject>/": act((OPERATE, HANDLE_MONEY), "charger"),
    "dashboard/charts/": page(ANYBODY),
    "dashboard/charts/<slug:chart>.csv": page(ANYBODY),
    "dashboard/charging/": page(ANYBODY),
    "dashboard/next-payouts/": page(ANYBODY),
    "styleguide/": page(ANYBODY),
    "sessions/<uuid:session_id>/": page(SEE_MONEY),
    "sessions/<uuid:session_id>/power.csv": page(SEE_MONEY),
    "sessions/<uuid:session_id>/difference/": act(HANDLE_MONEY),
    "sessions/<uuid:session_id>/refund/": form(HANDLE_MONEY),
    "sessions/<uuid:session_id>/folio/": act(HANDLE_MONEY),
    "sessions/<uuid:session_id>/waive/": act(HANDLE_MONEY),
    "sessions/<uuid:session_id>/review/": act(HANDLE_MONEY),
    "sessions/complaints/<int:pk>/": act(HANDLE_MONEY),
    "sessions/offers/<int:pk>/": act(HANDLE_MONEY),
    "sessions/refunds/<uuid:refund_id>/": act(HANDLE_MONEY),
}
"""Every address behind a login. "anybody": a list that shows what one may see, or no host's affair.

"somewhere": also for whoever has the right at another host. "picked": who does not see what is picked in the form
gets the form again, with nothing done."""

SAID = {
    "charger": "CP1", "do": "block", "action": "Reset", "ask": "clear_cache", "way": "by_hand",
    "security_profile": "1", "property": "sunset-1", "keeps": "on",
}  # fmt: skip
"""What is posted everywhere, so that nobody is turned away for having said nothing."""
SAID_AT = {
    "/support/articles/": {"helped": "yes"},
    "/proxy/": {"way": "pause"},
    "/autocharge/": {"do": "suspend"},
    "/local-list/": {"step": "push"},
}
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


def told(client: Client, method: str, address: str, world: World) -> str:
    """What an address answers, with whatever it does undone."""
    said = SAID | {"group": world.group.pk} if method == "post" else {}
    said |= next((one for part, one in SAID_AT.items() if part in address and said), {})
    with transaction.atomic():
        status = getattr(client, method)(address + query(address), said).status_code
        transaction.set_rollback(True)
    assert status < 500, address
    return {404: "no", 405: NO_SUCH_METHOD}.get(status, "yes")


def test_it_decides_about_every_address():
    assert set(TABLE) == set(of_kind("login"))


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
