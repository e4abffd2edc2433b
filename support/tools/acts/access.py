"""Access that an agent gives for a ticket, always by the host's own act."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from authorization.models import AccessRequest, TokenGroup, User
from authorization.tokens.acts import tokens
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from authorization.visits.acts import access_requests as requests
from authorization.visits.acts import stays
from authorization.visits.stays import StayDetails
from billing.branding import domains
from chargers.acts import fleet
from chargers.fleet.lifecycle import SetUp
from chargers.models import Charger
from support.tools.case import NotPossibleError, clock_at


def let_in(
    charger: Charger,
    visitor: Visitor,
    *,
    access_request: AccessRequest | None,
    until: datetime,
    by: User,
    now: datetime,
) -> str:
    """Grants the person's access request, or creates one and grants it.

    Raises NotAllowedError, AnsweredError, UidError.
    """
    with transaction.atomic():
        granted_request = access_request or access_requests.request(charger, visitor, now=now)
        requests.grant(granted_request, until=until, answer="Support let you in.", by=by, now=now)
    link = domains.base_address(charger.property.host_id) + reverse("guest:asked", args=[granted_request.secret])
    return (
        f"{granted_request.name} is let in at {charger.station_id} until {clock_at(charger, until)}. Their link: {link}"
    )


def enter_stay(stay: StayDetails, *, uid: str, by: User, now: datetime) -> str:
    """Adds a manual stay. Raises NotAllowedError and UidError."""
    added = stays.add(stay, cards=[uid], by=by, now=now)[0]
    if not added.is_new:
        raise NotPossibleError("The very same reservation is there already.")
    return f"The reservation of {stay.guest_name} at {stay.property.name} is entered for the card {uid}."


def whitelist(uid: str, *, group: TokenGroup, owner: str, by: User, now: datetime) -> str:
    """Whitelists the card. Raises NotAllowedError and UidError."""
    token = tokens.whitelist(uid, group=group, visual_number="", owner=owner, by=by, now=now)
    return f"The card {token.uid} is in the group “{group.name}”."


def assign(charger: Charger, set_up: SetUp, *, by: User, now: datetime) -> str:
    """Moves the charger. Raises NotAllowedError, BusyError and NotPossibleError."""
    if not fleet.set_up(charger, set_up, by=by, now=now):
        raise NotPossibleError(f"{charger.station_id} stands there already.")
    place_name = f"{set_up.property.name}, {set_up.unit.name}" if set_up.unit else set_up.property.name
    return f"{charger.station_id} stands at {place_name} now."
