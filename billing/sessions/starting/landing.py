"""The landing page behind a QR code: ready to pay, or exactly one obstacle with the next step."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import CharField, Func, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from authorization.decide import decisions, reasons
from authorization.decide.facts import GuestFacts
from authorization.decide.reasons import Reason, links
from authorization.models import Stay
from authorization.pms import folios as bills
from authorization.visits import stay_keys, stays
from billing.formatting import opening_hours, times
from billing.models import RateAssignment, RateVersion, Session
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from billing.sessions.lifecycle import lifecycle
from billing.sessions.lifecycle.ports import Port, ports_of, ports_of_each
from billing.sessions.starting import maintenance
from billing.sessions.stays import terms
from billing.sessions.waiting_list import waiting_list
from chargers.availability import maintenance as windows
from chargers.models import Charger
from chargers.upstreams import backends

_ALIKE, _FOLDED = "OIL", "011"
"""Letters that look like digits, and those digits: O and 0, I and 1, L and 1."""
_WELCOME: Final = frozenset(("", "payment_required"))
_OF_ONE_PORT: Final = frozenset(("occupied", "charger_out_of_order"))
_IN_USE: Final = frozenset(("ok", "busy"))
_MAX_LOOKED_AT, _MAX_NEARBY = 20, 3


@dataclass(frozen=True, slots=True)
class Nearby:
    """Another station of the property at which a guest can start now."""

    station_id: str
    name: str
    ports: list[Port]


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Why a guest cannot start here now: the meaning and the next step, from the catalogue."""

    code: str
    title: str
    meaning: str
    steps: list[Step]
    support: str
    """The support address; empty if the installation has none."""

    @property
    def is_reason(self) -> bool:
        """Whether the catalogue has the code; a port in use is not a refusal."""
        return self.code in reasons.CATALOGUE


@dataclass(frozen=True, slots=True)
class Landing:
    """A station as a guest sees it. Exactly one of: a prompt, a choice of ports, or one port with its rate."""

    charger: Charger
    ports: list[Port]
    port: Port | None = None
    prompt: Prompt | None = None
    version: RateVersion | None = None
    rate_reason: str = ""
    stay: Stay | None = None
    """The booking on the guest's phone, if it opens this charger now."""
    billed_to: str = ""
    """Who is paid for the session, if not by card."""
    maintenance: str = ""
    """Maintenance that is planned, or in progress without preventing a start."""
    nearby: list[Nearby] = field(default_factory=list)
    """Other working stations of the property; looked up only if this one has a prompt."""
    is_held: bool = False
    """Whether the free ports are held for guests who waited."""

    @property
    def busy_since(self) -> datetime | None:
        """Returns since when the port is in use, of several the longest; None if it is not, or was not reported."""
        ports = [self.port] if self.port else self.ports
        return min(
            (at for port in ports if port.condition.kind == "busy" and (at := port.condition.since)), default=None
        )

    @property
    def others(self) -> list[Port]:
        """Returns other working ports; none if the whole station is closed to guests."""
        if self.prompt is not None and (self.prompt.code not in _OF_ONE_PORT or self.is_held):
            return []
        return [port for port in self.ports if port.is_free and port != self.port]

    @property
    def address(self) -> str:
        """Returns the street and city of the property, as far as entered."""
        property_ = self.charger.property
        return ", ".join(part for part in (property_.address, property_.city) if part)

    @property
    def hours(self) -> str:
        """Returns when the property can be reached, in the reader's language; empty: always."""
        return opening_hours.text(self.charger.property.opening_hours)

    @property
    def unusable(self) -> list[Port]:
        """Returns all ports with their states, if there are several and each is unusable for its own reason."""
        says_itself = self.prompt is not None and self.prompt.code in _OF_ONE_PORT and self.charger.is_online()
        return self.ports if says_itself and self.port is None and len(self.ports) > 1 else []


def find(station_id: str) -> Charger | None:
    """Returns the charger in service with exactly this Station ID. Upper and lower case differ, as on the label."""
    chargers = Charger.objects.select_related("property__host", "unit", "licence")
    return chargers.filter(station_id=station_id, retired_at=None).first()


def guess_charger(station_id: str, *, host_id: int | None = None) -> Charger | None:
    """Returns the Station ID that was probably meant, ignoring spaces, case and letters that look like digits.

    The guest must confirm it. At the domain of a host only its own are meant.
    """
    entered_id = "".join(station_id.replace("\x00", "").split())
    if not entered_id:
        return None
    in_service = Charger.objects.filter(retired_at=None)
    if host_id is not None:
        in_service = in_service.filter(property__host=host_id)
    looks_alike = in_service.annotate(folded=_Translate(Upper("station_id"), Value(_ALIKE), Value(_FOLDED)))
    for chargers in (
        in_service.filter(station_id__iexact=entered_id),
        looks_alike.filter(folded=_fold_lookalikes(entered_id)),
    ):
        if candidates := list(chargers[:2]):
            return candidates[0] if len(candidates) == 1 else None
    return None


class _Translate(Func):
    """PostgreSQL's translate(): replaces each letter of the second argument by the one at the same position in the
    third.
    """

    function = "translate"
    output_field = CharField()


def _fold_lookalikes(text: str) -> str:
    return text.upper().translate(str.maketrans(_ALIKE, _FOLDED))


def build_for_charger(
    charger: Charger,
    *,
    port_number: int | None,
    now: datetime,
    guest_stays: Sequence[Stay] = (),
    turns: Sequence[str] = (),
) -> Landing:
    """Checks licence, set-up and access first, then the hardware, then the price: the first failure is the prompt.

    `guest_stays`: the bookings at this host on the guest's phone. `turns`: the keys of the guest's own places on
    waiting lists.
    """
    charger_landing = _check_charger(charger, port_number=port_number, now=now, guest_stays=guest_stays)
    charger_landing = _unless_held(charger_landing, turns=turns, guest_stays=guest_stays, now=now)
    return replace(charger_landing, maintenance=maintenance.notice(charger, now=now))


def _unless_held(
    charger_landing: Landing, *, turns: Sequence[str], guest_stays: Sequence[Stay], now: datetime
) -> Landing:
    """Replaces the landing by a prompt if the free ports are held for guests who waited.

    A guest who has plugged in goes first.
    """
    if charger_landing.prompt is not None or (
        charger_landing.port is not None and charger_landing.port.condition.is_plugged_in
    ):
        return charger_landing
    free = sum(port.is_free for port in charger_landing.ports)
    until = waiting_list.held_until(charger_landing.charger, free=free, keys=turns, now=now)
    if until is None:
        return charger_landing
    meaning = _("Somebody asked before you to be told when it is free. It is held for them until %(time)s.") % {
        "time": times.time_of_day_in(until, charger_landing.charger.property.time_zone)
    }
    steps = [Step(_("Wait until then, or use one that is free now."), "")]
    held_prompt = Prompt("occupied", _("Held for a guest who waited"), meaning, steps, settings.SUPPORT_EMAIL)
    alternatives = list_nearby(charger_landing.charger, now=now, guest_stays=guest_stays)
    return replace(charger_landing, version=None, billed_to="", prompt=held_prompt, is_held=True, nearby=alternatives)


def _check_charger(charger: Charger, *, port_number: int | None, now: datetime, guest_stays: Sequence[Stay]) -> Landing:
    ports = ports_of(charger, now=now)
    port = next((port for port in ports if port.number == port_number), None)
    if port is None and port_number is None and len(ports) == 1:
        port = ports[0]
    opening_stay = next((stay for stay in guest_stays if _is_opened_by_stay(stay, charger, now=now)), None)
    if (refused := _prompt(charger, ports, port, now=now, guest_stays=guest_stays)) is not None:
        alternatives = list_nearby(charger, now=now, guest_stays=guest_stays)
        landing = Landing(charger, ports, port, prompt=refused, nearby=alternatives, stay=opening_stay)
        return replace(landing, prompt=_add_first_step(refused, landing))
    if port is None:
        return Landing(charger, ports, stay=opening_stay)
    if opening_stay is not None:
        return _add_stay_terms(Landing(charger, ports, port, stay=opening_stay), port, now=now)
    resolved = _rate(charger, port, now=now)
    if resolved.version is None:
        return Landing(charger, ports, port, prompt=prompt("private_not_set_up", charger))
    return Landing(charger, ports, port, version=resolved.version, rate_reason=resolved.reason)


def _is_opened_by_stay(stay: Stay, charger: Charger, *, now: datetime) -> bool:
    return stays.includes_charger(stay, charger) and stays.is_open(stay, now=now)


def _add_stay_terms(landing: Landing, port: Port, *, now: datetime) -> Landing:
    """Adds what guests of bookings pay here, and how. Without a price no payment is requested."""
    resolved, _audience = terms.rate(landing.charger, evse_number=port.number, at=now)
    if resolved.version is None:
        return replace(landing, billed_to=Session.BilledTo.HOST)
    payment = terms.get_or_default(landing.charger.property).payment
    billed_to = "" if payment == terms.Payment.CARD else payment
    if payment == terms.Payment.FOLIO and not _takes_folio(landing.stay, resolved.version):
        billed_to = ""
    return replace(landing, version=resolved.version, rate_reason=resolved.reason, billed_to=billed_to)


def _takes_folio(stay: Stay | None, version: RateVersion) -> bool:
    """Whether the stay's bill may take the charge, as far as known without a call: same currency, and a system that
    takes charges.
    """
    return stay is not None and version.rate.currency == stay.property.host.currency and bills.takes_charges(stay)


def _find_maintenance_prompt(charger: Charger, *, now: datetime) -> Prompt | None:
    """Returns the prompt of maintenance that prevents starts."""
    row = windows.find_refusing(charger.pk, now=now)
    if row is None:
        return None
    later = _("It can be used again when the maintenance is over. Until then, use another charger.")
    return Prompt(
        "maintenance", maintenance.title(row, charger, now=now), row.reason, [Step(later, "")], settings.SUPPORT_EMAIL
    )


def _prompt(
    charger: Charger, ports: list[Port], port: Port | None, *, now: datetime, guest_stays: Sequence[Stay]
) -> Prompt | None:
    if backends.leader_of(charger):  # that back office decides and bills; a payment to us would start nothing
        return prompt("upstream_refused", charger)
    if refusal := _refusal(charger, port, now=now, guest_stays=guest_stays):
        return prompt(refusal, charger)
    if (serviced := _find_maintenance_prompt(charger, now=now)) is not None:
        return serviced
    if port is None and any(other.condition.can_start for other in ports):
        return None
    if port is None or not port.condition.can_start:
        in_use = [other.condition.kind in _IN_USE for other in ports]
        return (
            _none_free(is_all=all(in_use))
            if port is None and any(in_use)
            else _build_fault_prompt(charger, ports, port)
        )
    return None


def _none_free(*, is_all: bool) -> Prompt:
    """Returns the prompt if no port of several is free; each port shows its state."""
    title = _("All plugs are in use") if is_all else _("No plug is free now")
    meaning = _("A plug becomes free when its car is unplugged.")
    return Prompt("occupied", title, meaning, [], settings.SUPPORT_EMAIL)


def _add_first_step(prompt: Prompt, charger_landing: Landing) -> Prompt:
    """Returns the prompt with its first step. Only ports and stations that are free now are recommended."""
    if prompt.code not in _OF_ONE_PORT:
        return prompt
    has_free = bool(charger_landing.others or charger_landing.nearby)
    is_busy = prompt.code == "occupied"
    if has_free:
        stay = _("If you would rather charge here, wait until it is free.")
        first = [_("Use one that is free now: it is named below."), *([stay] if is_busy else [])]
    elif is_busy:
        first = [_("Wait until one is free: no other plug or charger here is free now.")]
    else:
        first = [_("No other plug or charger here is free now: try again in a few minutes.")]
    steps = prompt.steps if is_busy else prompt.steps[1:]
    return replace(prompt, steps=[*(Step(text, "") for text in first), *steps])


def _rate(charger: Charger, port: Port, *, now: datetime) -> resolver.ResolvedRate:
    return resolver.resolve(
        charger, driver=Payer(audience=RateAssignment.Audience.GUEST, evse_number=port.number), at=now
    )


def list_nearby(charger: Charger, *, now: datetime, guest_stays: Sequence[Stay] = ()) -> list[Nearby]:
    """Returns other stations of the property at which a guest can start now, the first few by Station ID."""
    rows = Charger.objects.filter(property=charger.property_id, retired_at=None, connection_id__isnull=False)
    rows = rows.exclude(pk=charger.pk).exclude(station_id="").select_related("property__host", "unit", "licence")
    candidates = list(rows.order_by("station_id")[:_MAX_LOOKED_AT])
    if not candidates:
        return []
    question = decisions.Question(kind="guest", at=now)
    outcomes = decisions.survey(chargers=candidates, question=question, given_facts=_facts(guest_stays))
    closed = windows.serviced_charger_ids([other.pk for other in candidates], now=now) | backends.filter_led_elsewhere(
        candidates, charger.property
    )
    ports = ports_of_each(candidates, now=now)
    rates = resolver.holding([charger.property], audience=RateAssignment.Audience.GUEST, at=now)
    stations: list[Nearby] = []
    for other, outcome in zip(candidates, outcomes, strict=True):
        if outcome.reason not in _WELCOME or other.pk in closed:
            continue
        is_opened = any(_is_opened_by_stay(stay, other, now=now) for stay in guest_stays)
        free = [
            port
            for port in ports[other.pk]
            if port.is_free and (is_opened or any(rate.holds_at(other.pk, port.number) for rate in rates))
        ]
        if free:
            stations.append(Nearby(other.station_id, other.name, free))
    return stations[:_MAX_NEARBY]


def prompt(code: str, charger: Charger | None = None) -> Prompt:
    """Returns the catalogue's text for guests of a reason, in the active language."""
    reason: Reason = reasons.get(code)
    values = {"station_id": charger.station_id} if charger else {}
    steps = [Step(_(step.text), links.fill(step.link, values) if step.link else "") for step in reason.guest.next_steps]
    return Prompt(code, _(reason.title), _(reason.guest.meaning), steps, settings.SUPPORT_EMAIL)


def _facts(guest_stays: Sequence[Stay]) -> decisions.GivenFacts:
    return decisions.GivenFacts(guest=GuestFacts(), guest_stays=tuple(stay_keys.facts(stay) for stay in guest_stays))


def _refusal(charger: Charger, port: Port | None, *, now: datetime, guest_stays: Sequence[Stay]) -> str:
    question = decisions.Question(kind="guest", at=now, evse_number=port.number if port else None)
    outcome = decisions.decide(
        charger=charger, question=question, now=now, given_facts=_facts(guest_stays), dry_run=True
    )
    return "" if outcome.reason in _WELCOME else outcome.reason


def _build_fault_prompt(charger: Charger, ports: list[Port], port: Port | None) -> Prompt:
    """Returns the prompt for a station that is not accepted, offline, faulted, or simply in use, which is not
    a fault.
    """
    if not charger.is_accepted():
        return prompt("charger_not_accepted", charger)
    if port is not None and (port.condition.kind == "ok" or port.connector.status == "Preparing"):
        return Prompt("occupied", _("This plug is in use"), _(lifecycle.OCCUPIED), [], settings.SUPPORT_EMAIL)
    if port is not None and port.condition.kind == "busy":
        text = _("Somebody is using this plug now (%(state)s).") % {"state": _(port.condition.word)}
        return Prompt("occupied", _("This plug is in use"), text, [], settings.SUPPORT_EMAIL)
    fault = prompt("charger_out_of_order", charger)
    if not charger.is_online():
        return replace(fault, meaning=_("The charger is offline, so it cannot start now."))
    if charger.status == "Faulted" or any(
        candidate.condition.kind == "bad" for candidate in ([port] if port else ports)
    ):
        return replace(fault, meaning=_("The charger reports a fault, so it cannot start now."))
    return replace(fault, meaning=_("The charger has not said that it is ready, so it cannot start now."))
