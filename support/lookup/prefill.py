"""What is known when a person asks for help, from where they come from, so that it is not asked again."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from authorization.models import User
from billing.engine.values import money
from billing.models import Session
from billing.sessions.documents import outbox
from chargers.models import Charger, Property
from support.context import matching
from support.context.matching import Claim
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import OF_SESSION, Detail


@dataclass(frozen=True, slots=True)
class Prefill:
    """Facts, and the details that follow from them. `email`: the address for replies, if known."""

    facts: Facts = field(default_factory=Facts)
    details: dict[Detail, str] = field(default_factory=dict)
    email: str = ""

    @property
    def answered(self) -> frozenset[Detail]:
        """Returns the details that need not be asked."""
        is_proved = self.facts.session is not None and bool(self.facts.proof)
        return frozenset(self.details) | (OF_SESSION if is_proved else frozenset())


def of_driver(user: User) -> Prefill:
    """Returns what is known of a logged-in user: their address."""
    return Prefill(details={Detail.ACCOUNT_EMAIL: user.email}, email=user.email)


def of_charger(charger: Charger) -> Prefill:
    """Returns what is known of a person at this charger, or who scanned its code."""
    property_ = charger.property
    facts = Facts(host=property_.host, property=property_, charger=charger)
    return Prefill(facts, {Detail.PROPERTY: _format_property_address(property_), Detail.CHARGER_ID: charger.station_id})


def of_session(session: Session) -> Prefill:
    """Returns what is known of the holder of a session's own link: everything about it."""
    prefilled = of_charger(session.charger)
    start_time = (session.started_at or session.opened_at).astimezone(ZoneInfo(session.property.time_zone))
    details = prefilled.details | {Detail.ATTEMPTED_AT: f"{start_time:%Y-%m-%dT%H:%M}"}
    rating = session.ratings.order_by("-id").first()
    if rating is not None:
        exponent = money.EXPONENTS[rating.currency]
        details[Detail.AMOUNT] = f"{Decimal(rating.total_minor).scaleb(-exponent)}"
    hold = session.holds.exclude(last4="").order_by("-created_at").first()
    if hold is not None:
        details[Detail.LAST4] = hold.last4
    account = session.driver.user.email if session.driver is not None and session.driver.user is not None else ""
    if address := account or outbox.address_of(session):
        details[Detail.ACCOUNT_EMAIL] = address
    facts = Facts(
        host=session.host,
        property=session.property,
        charger=session.charger,
        session=session,
        proof=Ticket.Proof.LINK,
    )
    return Prefill(facts, details, outbox.address_of(session))


def complete_from_answers(prefilled: Prefill, given_details: dict[Detail, str], *, email: str, now: datetime) -> Facts:
    """Returns the facts with what follows from the answers: the named station, the session proved to be theirs."""
    facts = prefilled.facts
    if facts.charger is None and (station := given_details.get(Detail.CHARGER_ID, "")):
        matching_chargers = Charger.objects.select_related("property__host").filter(
            station_id__iexact=station, retired_at=None
        )
        if (charger := matching_chargers.first()) is not None:
            facts = of_charger(charger).facts
    if facts.property is None and (name := given_details.get(Detail.PROPERTY, "")):
        places = list(Property.objects.select_related("host").filter(name__iexact=name, closed_at=None)[:2])
        if len(places) == 1:
            facts = Facts(host=places[0].host, property=places[0])
    if facts.session is not None:
        return facts
    claim = Claim(
        charger=facts.charger,
        property=facts.property,
        at=matching.moment(given_details.get(Detail.ATTEMPTED_AT, ""), property_=facts.property),
        is_day=matching.is_day(given_details.get(Detail.ATTEMPTED_AT, "")),
        document=given_details.get(Detail.DOCUMENT, ""),
        amount=Decimal(given_details[Detail.AMOUNT]) if Detail.AMOUNT in given_details else None,
        last4=given_details.get(Detail.LAST4, ""),
        email=email,
    )
    session = matching.find_proven_session(claim, now=now)
    if session is None:
        return facts
    return Facts(
        host=facts.host or session.host,
        property=facts.property or session.property,
        charger=session.charger,
        session=session,
        proof=Ticket.Proof.CARD,
    )


def _format_property_address(property_: Property) -> str:
    return ", ".join(filter(None, (property_.name, property_.address, property_.city)))
