"""What a guest finds behind a QR code: ready to pay, or the one prompt that is true, with what to do next."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from authorization import decisions, links, reasons
from authorization.facts import GuestFacts
from authorization.reasons import Reason
from billing import assigned
from billing.assigned import Driver
from billing.models import RateAssignment, RateVersion
from chargers import condition, upstreams
from chargers.condition import Condition
from chargers.models import Charger, Connector


@dataclass(frozen=True, slots=True)
class Port:
    """One plug of the station, with how it is."""

    connector: Connector
    condition: Condition

    @property
    def number(self) -> int:
        """What the label says: the EVSE's number."""
        return self.connector.evse.number


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Why a guest cannot start here now: what it means and what to do next, in the catalogue's words."""

    code: str
    title: str
    meaning: str
    steps: list[Step]
    support: str
    """Where our support reads mail; empty where the installation names no address."""


@dataclass(frozen=True, slots=True)
class Landing:
    """A station as a guest sees it. Exactly one of: a prompt, a choice of ports, or one port with its rate."""

    charger: Charger
    ports: list[Port]
    port: Port | None = None
    prompt: Prompt | None = None
    version: RateVersion | None = None
    rate_reason: str = ""

    @property
    def others(self) -> list[Port]:
        """Ports that work, beside the one that was asked for."""
        return [port for port in self.ports if port.condition.can_start and port != self.port]


def find(station_id: str) -> Charger | None:
    """The charger in service with exactly this Station ID: letters' case matters, as on the label."""
    chargers = Charger.objects.select_related("property__host", "unit", "licence")
    return chargers.filter(station_id=station_id, retired_at=None).first()


def meant(station_id: str) -> Charger | None:
    """Which Station ID was probably meant: without spaces, in another case. To be confirmed by the guest."""
    typed = "".join(station_id.split())
    found = list(Charger.objects.filter(station_id__iexact=typed, retired_at=None)[:2]) if typed else []
    return found[0] if len(found) == 1 else None


def look(charger: Charger, *, port_number: int | None, now: datetime) -> Landing:
    """Licence, set-up and access first, then the hardware, then the price: the first that fails is the prompt."""
    ports = ports_of(charger)
    port = next((one for one in ports if one.number == port_number), None)
    if port is None and port_number is None and len(ports) == 1:
        port = ports[0]
    if upstreams.leader_of(charger):  # it decides and bills; what a guest would pay us opens nothing
        return Landing(charger, ports, port, prompt=prompt("upstream_refused", charger))
    if refusal := _refusal(charger, port, now=now):
        return Landing(charger, ports, port, prompt=prompt(refusal, charger))
    if port is None and ports and any(one.condition.can_start for one in ports):
        return Landing(charger, ports)
    if port is None or not port.condition.can_start:
        return Landing(charger, ports, port, prompt=_out_of_order(charger, port))
    resolved = assigned.resolve(
        charger, driver=Driver(audience=RateAssignment.Audience.GUEST, evse_number=port.number), at=now
    )
    if resolved.version is None:
        return Landing(charger, ports, port, prompt=prompt("private_not_set_up", charger))
    return Landing(charger, ports, port, version=resolved.version, rate_reason=resolved.reason)


def prompt(code: str, charger: Charger | None = None) -> Prompt:
    """The guest's words for a reason, in the language of the moment."""
    reason: Reason = reasons.get(code)
    values = {"station_id": charger.station_id} if charger else {}
    steps = [Step(_(step.text), links.fill(step.link, values) if step.link else "") for step in reason.guest.next_steps]
    return Prompt(code, _(reason.title), _(reason.guest.meaning), steps, settings.SUPPORT_EMAIL)


def _refusal(charger: Charger, port: Port | None, *, now: datetime) -> str:
    question = decisions.Question(kind="guest", at=now, evse_number=port.number if port else None)
    outcome = decisions.decide(
        charger=charger, question=question, now=now, known=decisions.Known(guest=GuestFacts()), dry_run=True
    )
    return "" if outcome.reason in {"", "payment_required"} else outcome.reason


def _out_of_order(charger: Charger, port: Port | None) -> Prompt:
    """Offline, faulted, or simply in use: the last is no fault and is told so."""
    if port is not None and port.condition.kind == "busy":
        told = _("Somebody is using this port now (%(state)s).") % {"state": _(port.condition.word)}
        step = Step(_("Wait until it is free, or use another port."), "")
        return Prompt("occupied", _("This port is in use"), told, [step], settings.SUPPORT_EMAIL)
    return prompt("charger_out_of_order", charger)


def ports_of(charger: Charger) -> list[Port]:
    """One port for each outlet, in the order of the label."""
    found = Connector.objects.filter(evse__charger=charger).select_related("evse").order_by("evse__number", "number")
    online = charger.is_online() and charger.status != "Faulted"
    by_evse: dict[int, Port] = {}
    for connector in found:
        by_evse.setdefault(connector.evse.number, Port(connector, condition.of_connector(connector, online=online)))
    return list(by_evse.values())
