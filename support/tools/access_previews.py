"""Previews for access: a visitor, a guest's stay, a card, a charger's place."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from authorization.identifiers import uids
from authorization.models import AccessRequest, PmsConnection, TokenGroup
from authorization.tokens import tokens
from authorization.visits.stays import StayDetails
from billing.models import RateAssignment
from billing.pricing.rates import resolver
from chargers.fleet import lifecycle
from chargers.fleet.lifecycle import SetUp
from chargers.models import Charger, Property, Unit
from support.tools.case import NotPossibleError, Preview, TicketContext, clock
from support.tools.charger_previews import charger_of

BY_HAND: Final = "A stay by hand, for a guest whose booking comes from no property system."


def open_request(case: TicketContext) -> AccessRequest | None:
    """Returns the unanswered access request at this charger of the person who asks."""
    if not case.ticket.email or case.charger is None:
        return None
    rows = AccessRequest.objects.filter(charger=case.charger, email__iexact=case.ticket.email)
    return rows.filter(state=AccessRequest.State.OPEN).order_by("-asked_at").first()


def let_in(case: TicketContext, *, name: str, uid: str, until: datetime) -> Preview:
    charger = charger_of(case)
    access_request = open_request(case)
    sentences = [f"{name} may charge at {charger.station_id} until {clock(case, until)}, by a link of their own."]
    sentences.append("The link stands in the ticket afterwards: send it with your reply.")
    if uid:
        sentences.append(f"The card {uid} may charge there as long. A card that the host blocked stays blocked.")
    if access_request is not None:
        sentences.append(f"This answers their request of {clock(case, access_request.asked_at)}.")
    sentences.append(_price_for_members(case, charger))
    return Preview(says=tuple(sentences), button="Let them in", stamp=str(access_request.pk) if access_request else "")


def _price_for_members(case: TicketContext, charger: Charger) -> str:
    resolution = resolver.resolve(charger, driver=resolver.Payer(audience=RateAssignment.Audience.MEMBER), at=case.now)
    if resolution.version is None:
        return "They pay nothing to us: members have no rate there."
    return f"They pay what members pay there: “{resolution.version.rate.name}”."


def stay(case: TicketContext, request: StayDetails, *, uid: str) -> Preview:
    place_name = f"{request.property.name}, {request.unit.name}" if request.unit else request.property.name
    span = f"{clock(case, request.arrives_at)} to {clock(case, request.departs_at)}"
    sentences = (
        f"The card {uid} may charge at {place_name} from {span}, for {request.guest_name}.",
        *_warn_of_duplicates(case),
    )
    return Preview(says=sentences, button="Enter the reservation")


def _warn_of_duplicates(case: TicketContext) -> tuple[str, ...]:
    """Warns, if the host's bookings come automatically, that a manual one may be a duplicate."""
    names = list(PmsConnection.objects.filter(host=case.host, is_enabled=True).values_list("name", flat=True)[:3])
    return (f"Bookings of {', '.join(names)} come by themselves: look whether it is there already.",) if names else ()


def whitelist(case: TicketContext, *, uid: str, group: TokenGroup) -> Preview:
    canonical = uids.of_card(uid)
    doors = [property_.name for property_ in group.properties.order_by("name")[:5]]
    doors += [unit.name for unit in group.units.order_by("name")[:5]]
    doors += [charger.station_id for charger in group.chargers.order_by("station_id")[:5]]
    sentences = [f"The card {canonical} joins the group “{group.name}” of {group.host.name}."]
    sentences.append(f"The group opens {', '.join(doors)}." if doors else "The group opens nothing yet.")
    warns = [] if group.enabled else [f"The group “{group.name}” is switched off: it lets nobody in."]
    token = tokens.find(group.host, canonical)
    if token is None:
        sentences.append(f"It becomes a new card of {group.host.name}.")
    elif token.blocked or not token.valid:
        warns.append("The host has blocked this card, or it is not valid: it stays so.")
    return Preview(says=tuple(sentences), warns=tuple(warns), button="Add the card")


def build_moved_setup(charger: Charger, property_: Property, unit: Unit | None) -> SetUp:
    """Returns the charger's set-up at another place. One query."""
    return replace(lifecycle.as_it_is(charger), property=property_, unit=unit)


def assign(case: TicketContext, *, property_: Property, unit: Unit | None) -> Preview:
    charger = charger_of(case)
    if (charger.property_id, charger.unit_id) == (property_.pk, unit.pk if unit else None):
        raise NotPossibleError(f"{charger.station_id} stands there already.")
    before = _format_unit_name(charger.property, charger.unit)
    sentences = [f"{charger.station_id} moves from {before} to {_format_unit_name(property_, unit)}."]
    warns = []
    if charger.property_id != property_.pk:
        sentences.append(f"From then on the rates, the groups and the access of {property_.name} hold for it.")
        if case.running:
            warns.append("A car charges there: the move is refused until its session has ended.")
    return Preview(says=tuple(sentences), warns=tuple(warns), button="Move the charger")


def _format_unit_name(property_: Property, unit: Unit | None) -> str:
    return f"{property_.name}, {unit.name}" if unit else property_.name
