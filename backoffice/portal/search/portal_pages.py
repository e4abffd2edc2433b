"""Searches the portal's pages and acts by their names and by other words for them.

A page of one host is offered for the host named with it, or for the only one there is.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.urls import reverse

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.search.hits import Hit
from billing.formatting.pasted_values import STOP, PastedValue
from chargers.models import Host

_AGENTS: Final = "agents"
_LIMIT: Final = 5
_ENOUGH: Final = 0.6
_OF_ABOUT: Final = 0.8
"""The weight of a word found outside the title."""
_MISSING: Final = 0.04
"""The cost of a title's word that was not typed, so that of two pages the shorter title wins."""
_WORD: Final = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page. `of_host` is the address for one host, if it has one; `about` are other words for it."""

    title: str
    route: str
    about: str = ""
    needs: str = Right.SEE
    of_host: str = ""

    @property
    def own(self) -> frozenset[str]:
        return _stem_words(self.title)


def _page(title: str, route: str, about: str = "", needs: str = Right.SEE, of_host: str = "") -> Page:
    return Page(title=title, route=route, about=about, needs=needs, of_host=of_host)


_MONEY, _MANAGE, _PEOPLE = Right.SEE_MONEY, Right.MANAGE, Right.PEOPLE
PAGES: Final = (
    _page("Home", "portal:dashboard", "dashboard start overview figures earnings revenue"),
    _page("Chargers", "chargers:list", "stations evse charge points outlets offline connectors"),
    _page("Add a charger", "chargers:add", "new register connect station charge point install", _MANAGE),
    _page("Print QR labels", "billing:label-sheet", "code avery sheet sticker station scan"),
    _page("Unknown chargers", "chargers:pending", "pending unknown registration waiting station", _AGENTS),
    _page("Restart a charger", "chargers:list", "restart reset reboot soft hard", Right.OPERATE),
    _page("Close a property", "chargers:properties", "close property shut give up", _MANAGE),
    _page("Log out", "account_logout", "log out logout sign out signout leave"),
    _page("Properties", "chargers:properties", "sites locations houses places buildings units access"),
    _page("Set-up", "portal:start-hosts", "onboarding getting started first steps begin missing guide", _MANAGE),
    _page("Who pays what", "billing:rate-grid", "assign rates grid audiences members guests roaming", _MANAGE),
    _page("Tax of each property", "billing:property-taxes", "vat sales percentage btw mwst"),
    _page("Charts", "portal:charts", "graphs energy day hours busy utilisation refusals"),
    _page("Sessions", "billing:sessions", "charging history receipts transactions costs", _MONEY),
    _page("Needs a decision", "billing:money", "held review unpaid sessions complaints refunds problems", _MONEY),
    _page("Rates", "billing:rates", "prices tariffs set price per kwh idle fee cost"),
    _page("Add rate", "billing:rate-add", "new price tariff create", _MANAGE),
    _page("Plans", "billing:plans", "subscriptions monthly offers drivers"),
    _page("Payouts", "billing:payout-hosts", "paid money transfer bank forecast next", _MONEY, "billing:payouts"),
    _page("Bank accounts", "billing:payout-hosts", "iban routing number payout paid", _MONEY, "billing:bank-accounts"),
    _page(
        "Set up payouts", "billing:payout-hosts", "verify identity onboarding stripe connect requirements", _MONEY,
        "billing:payout-setup",
    ),
    _page(
        "Payout agreement", "billing:payout-hosts", "platform fee terms cycle threshold reserve delay version", _MONEY,
        "billing:payout-agreement",
    ),
    _page("Bank lines", "billing:payout-hosts", "import statement camt mt940 reconcile", _MONEY, "billing:host-bank"),
    _page(
        "Statements", "billing:statement-hosts", "monthly annual year csv pdf tax month download invoices",
        _MONEY, "billing:statements"
    ),
    _page("Home charging", "billing:home-charging", "employer reimbursement invoices employees pay back", _MONEY),
    _page("Company", "portal:companies", "legal name address vat tax number receipts logo", _MONEY, "portal:company"),
    _page(
        "Webhooks", "billing:connection-hosts", "connections endpoints api integration", _MONEY, "billing:connections"
    ),
    _page("Tokens", "authorization:tokens", "cards rfid tags keys uid block lost stolen"),
    _page("Add Token", "authorization:token-add", "new card rfid tag whitelist uid key", _MANAGE),
    _page("Import tokens", "authorization:token-import", "upload csv cards file rfid", _MANAGE),
    _page("Export tokens", "authorization:token-export", "download csv cards rfid"),
    _page("Token groups", "authorization:groups", "local residents staff cards"),
    _page("Add token group", "authorization:group-add", "new local residents", _MANAGE),
    _page("Reimbursement", "authorization:reimbursement", "contracts employers home pay back"),
    _page("Add a reimbursement contract", "authorization:reimbursement-add", "new employer home", _MANAGE),
    _page("Stays", "authorization:stays", "reservations guests bookings arrivals check in"),
    _page("Add a stay", "authorization:stay-add", "new reservation guest booking", _MANAGE),
    _page("Roaming", "authorization:roaming", "foreign cards partner hub ocpi"),
    _page("Mobility providers", "authorization:providers", "emsp msp partners block unblock roaming"),
    _page("Autocharge", "authorization:autocharge", "vehicles cars plug charge mac vid"),
    _page("Offline lists", "authorization:offline", "local list authorization cache without internet"),
    _page("Access requests", "authorization:requests", "ask asked let in private waiting"),
    _page("Decisions", "authorization:decisions", "refused rejected accepted authorization denied log card"),
    _page("Test a card", "authorization:test", "dry run try token works where simulate"),
    _page("How authorization works", "authorization:how-it-works", "chain steps explained order"),
    _page("Reasons", "authorization:reasons", "codes refusals meaning catalogue"),
    _page(
        "People", "people:hosts", "members users roles team staff permissions colleagues remove somebody",
        Right.SEE, "people:people"
    ),
    _page(
        "Invite somebody", "people:hosts", "new member user add colleague people team staff person employee",
        _PEOPLE, "people:invite",
    ),
    _page(
        "Give temporary access", "people:hosts", "grant let in installer electrician support outsider",
        _PEOPLE, "people:grant-add",
    ),
    _page("Settings", "settings", "preferences company branding account configuration"),
    _page("Branding", "settings", "logo colour guest pages look", _MANAGE, "settings-branding"),
    _page("Sign-in with your company", "settings", "sso oidc openid identity provider", _PEOPLE, "settings-sign-in"),
    _page(
        "Notifications", "settings-notifications",
        "mails alerts quiet hours email emails statements subscribe stop getting",
    ),
    _page("Join codes", "settings", "residents lobby notice qr invite tenants drivers", _MANAGE, "settings-join-codes"),
    _page(
        "What guests take back by one tap",
        "settings",
        "offers automatically doubtful bill limit goodwill",
        Right.SEE_MONEY,
        "settings-refund-offers",
    ),
    _page("Status page", "settings", "public availability uptime incidents", _MANAGE, "settings-status-page"),
    _page("Support access", "settings", "grant personal data agents journal", _PEOPLE, "settings-support-access"),
    _page("API keys", "settings", "rest integration secret key developer", _PEOPLE, "settings-api-keys"),
    _page("Log out elsewhere", "usersessions_list", "sessions devices browsers sign out"),
    _page("Address and password", "account_email", "my account e mail email new login change forgot reset"),
    _page("Books", "billing:books", "ledger accounts trial balance postings", _AGENTS),
    _page("Payouts of all hosts", "billing:books-payouts", "cycles holds approve", _AGENTS),
    _page("Seller report", "billing:seller-report", "dac7 1099 k 1099k tax year sellers", _AGENTS),
    _page("Cases", "billing:cases", "disputes chargebacks movements suspense receivables", _AGENTS),
    _page("Our bank lines", "billing:bank", "import statement camt mt940 platform", _AGENTS),
    _page("Differences", "billing:differences", "reconciliation mismatch suspense unexplained", _AGENTS),
    _page("Payments by file", "billing:payments", "pain 001 sepa nacha ach payment files bank", _AGENTS),
    _page("Find", "portal:find", "search paste"),
    _page(
        "Refund a session", "billing:sessions", "give guest money back refunds reimburse credit note",
        Right.HANDLE_MONEY,
    ),
    _page("Download sessions", "billing:sessions-csv", "csv export spreadsheet", _MONEY),
    _page("Passkeys", "mfa_list_webauthn", "passkey fingerprint face security key log in without a password sign in"),
    _page("Second factor", "mfa_index", "set up two factor 2fa totp authenticator app recovery codes sign in"),
)  # fmt: skip


def find(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds the pages with the most matching words, best first. One query for each right, and two for the hosts."""
    terms = _stem_words(pasted.whole)
    if not terms or len(terms) > 12:
        return
    hosts = _hosts(viewer, pasted.whole.lower())
    other_terms = (
        terms - frozenset().union(*(_stem_words(f"{host.name} {host.slug}") for host in hosts)) if hosts else terms
    )
    ranked = sorted(
        ((_score(page, other_terms), position) for position, page in enumerate(PAGES)), key=lambda at: (-at[0], at[1])
    )
    allowed = _rights(viewer)
    pages = [PAGES[position] for score, position in ranked if score >= _ENOUGH and PAGES[position].needs in allowed]
    for page in pages[:_LIMIT]:
        yield _hit(page, hosts if hosts else _find_sole_host(viewer, page))


def find_while_typing(viewer: Viewer, pasted: PastedValue, *, limit: int) -> Iterator[Hit]:
    """Finds pages while typing: each word must match, the last one may be incomplete."""
    query_terms = [term for term in _WORD.findall(pasted.whole.lower()) if term not in STOP]
    if not query_terms:
        return
    complete_terms, last = _stem_words(" ".join(query_terms[:-1])), query_terms[-1]
    ranked = sorted(
        ((_score_typed_words(page, complete_terms, last), position) for position, page in enumerate(PAGES)),
        key=lambda at: (-at[0], at[1]),
    )
    allowed = _rights(viewer)
    for page in [PAGES[position] for score, position in ranked if score and PAGES[position].needs in allowed][:limit]:
        yield _hit(page, _find_sole_host(viewer, page))


def find_by_titles(viewer: Viewer, titles: Sequence[str]) -> Iterator[Hit]:
    """Returns the pages with these titles that the viewer may open, in this order."""
    allowed = _rights(viewer)
    by_title = {page.title: page for page in PAGES if page.needs in allowed}
    yield from (
        _hit(by_title[title], _find_sole_host(viewer, by_title[title])) for title in titles if title in by_title
    )


def is_named(viewer: Viewer, pasted: PastedValue) -> Iterator[Hit]:
    """Finds the page with exactly this title."""
    terms = _stem_words(pasted.whole)
    titled = [page for page in PAGES if page.own == terms]
    yield from (hit for hit in (find(viewer, pasted) if titled else ()) if hit.id in {page.title for page in titled})


def _rights(viewer: Viewer) -> frozenset[str]:
    """Returns the viewer's rights at any host, as values of `Page.needs`. One query for each right of a member."""
    if getattr(viewer, "is_agent", False):
        return frozenset({*Right, _AGENTS})
    return frozenset(right for right in Right if people.may_somewhere(viewer, right))


def _score_typed_words(page: Page, complete_terms: frozenset[str], last: str) -> float:
    """Scores a page: 0 unless each word is found; words of the title count more than other words."""
    own, about_words = page.own, _stem_words(page.about)
    if not complete_terms <= own | about_words:
        return 0
    if any(term.startswith(last) or last == f"{term}s" for term in own):
        return 1 + len(complete_terms & own) - _MISSING * len(own)
    is_about = any(term.startswith(last) or last == f"{term}s" for term in about_words)
    return (0.5 + len(complete_terms & own) - _MISSING * len(own)) if is_about else 0


def _score(page: Page, terms: Collection[str]) -> float:
    if not terms:
        return 0
    own, about_words = page.own, _stem_words(page.about)
    weight = sum(1 if term in own else _OF_ABOUT if term in about_words else 0 for term in terms)
    return weight / len(terms) - _MISSING * len(own - set(terms))


def _hosts(viewer: Viewer, text: str) -> list[Host]:
    """Returns hosts whose name, its first word or slug is in the text."""
    terms = [term for term in _WORD.findall(text) if term not in STOP and len(term) > 2]
    name_condition = Q(pk__in=[])
    for term in terms[:12]:
        name_condition |= Q(slug__iexact=term) | Q(name__istartswith=f"{term} ") | Q(name__iexact=term)
    return list(people.hosts(viewer).filter(name_condition).order_by("name")[:2])


def _find_sole_host(viewer: Viewer, page: Page) -> list[Host]:
    """Returns the page's host, if there is only one."""
    hosts = list(people.hosts_with(viewer, Right(page.needs)).order_by("pk")[:2]) if page.of_host else []
    return hosts if len(hosts) == 1 else []


def _hit(page: Page, hosts: list[Host]) -> Hit:
    if page.of_host and len(hosts) == 1:
        title, url = f"{page.title} of {hosts[0]}", reverse(page.of_host, args=[hosts[0].slug])
    else:
        title, url = page.title, reverse(page.route)
    return Hit(kind="page", id=page.title, title=title, url=url, why="A page of the portal.")


def _stem_words(text: str) -> frozenset[str]:
    """Returns the words without a final s, and without common question words."""
    terms = _WORD.findall(text.lower().replace("e-mail", "email"))
    return frozenset(term[:-1] if term.endswith("s") and len(term) > 3 else term for term in terms if term not in STOP)
