"""Previews of commands: their effect on the ticket's charger and its running sessions."""

from datetime import datetime
from typing import Final, Literal

from authorization.decide import decisions
from authorization.decide.decisions import DecisionResult, Kind, OrderedBy, Question
from authorization.models import Token
from billing.formatting.money import money
from billing.models import DriverToken, Hold, Override, RateAssignment, Session
from billing.pricing.rates import resolver
from billing.sessions.allowances import first_line
from billing.sessions.lifecycle import lifecycle, outlets, overrides
from billing.sessions.lifecycle.overrides import OverrideRequest
from chargers.commands import sending
from chargers.commands.sending import StartRefusedError
from chargers.formatting import quantities
from chargers.models import Charger, Command, Connector, Transaction
from chargers.protocol.frames import Version
from support.tools.case import ActiveSession, NotPossibleError, Preview, TicketContext, clock

ResetKind = Literal["soft", "hard"]
_DOORS: Final = "It opens no door, gate or barrier: it moves the lock of the charger’s own socket, where it has one."
_OVERRIDE: Final = "Use “Start an override session”: it says who pays."
_FIXED_CABLE: Final = "A cable that is fixed to the charger is held by the car: its driver unlocks it there."


def charger_of(case: TicketContext) -> Charger:
    """Returns the ticket's charger. Raises NotPossibleError without one."""
    if case.charger is None:
        raise NotPossibleError("The ticket names no charger: set it under Acts first.")
    return case.charger


def reachable(case: TicketContext) -> Charger:
    """Returns the ticket's charger. Raises NotPossibleError if no command can reach it."""
    charger = charger_of(case)
    if not charger.is_online():
        raise NotPossibleError(f"{charger.station_id} is not connected: no command reaches it.")
    return charger


def running_of(case: TicketContext, key: str) -> ActiveSession:
    """Returns the chosen car. Raises NotPossibleError if it is no longer charging."""
    running = next((candidate for candidate in case.running if str(candidate.transaction.pk) == key), None)
    if running is None:
        raise NotPossibleError("Nothing was done: that car does not charge here any more.")
    return running


def stop(case: TicketContext, running_charge: ActiveSession) -> Preview:
    charger = reachable(case)
    connector = describe_connector(charger, running_charge.transaction)
    sentences = [f"This stops the car at {connector} now; the driver pays {cost(case, running_charge)}."]
    sentences.append("The cable stays locked until the driver unplugs. Idle fees may apply as the rate says.")
    return Preview(says=tuple(sentences), button="Stop the car")


def unlock(case: TicketContext, evse_number: int) -> Preview:
    charger = reachable(case)
    busy = [running for running in case.running if running.transaction.evse_number in {evse_number, None}]
    name = f"connector {evse_number} of {charger.station_id}"
    warns: list[str] = []
    if sending.version_of(charger) is Version.V16:
        sentences = [f"OCPP’s UnlockConnector asks the charger to release the plug in {name}."]
        if busy:
            warns.append(
                f"A car charges there: a charger that keeps to OCPP 1.6 ends its session first. The driver pays "
                f"{cost(case, busy[0])}."
            )
    else:
        sentences = [f"OCPP’s UnlockConnector asks the charger to release the plug in {name}."]
        sentences.append(
            "In OCPP 2.x it does not end a session by itself: while one is authorized the charger refuses."
        )
        if busy:
            warns.append("A car charges there, so that the charger will refuse: stop it first.")
    return Preview(says=(*sentences, _DOORS, _FIXED_CABLE), warns=tuple(warns), button="Unlock")


def reset(case: TicketContext, kind: ResetKind) -> Preview:
    charger = reachable(case)
    is_16 = sending.version_of(charger) is Version.V16
    if kind == "soft" and is_16:
        effect = "ends what runs in good order, then restarts. It is away for a minute or two."
    elif kind == "soft":
        effect = "waits until nobody charges, then restarts (OCPP 2.x: OnIdle)."
    else:
        effect = "restarts at once, as if the power had been cut. Sessions are cut off and may be reported late."
    ends = kind == "hard" or is_16
    warns = tuple(
        f"{_runs_at(charger, running.transaction)}: "
        + (f"its session ends; the driver pays {cost(case, running)}." if ends else "the restart waits for it.")
        for running in case.running
    )
    return Preview(says=(f"{charger.station_id} {effect}", *_faults(charger)), warns=warns, button=f"Restart ({kind})")


def _runs_at(charger: Charger, row: Transaction) -> str:
    """Describes a running session; one without power is not described as charging."""
    at = describe_connector(charger, row)
    connectors = Connector.objects.filter(evse__charger=charger, evse__number=row.evse_number or 1)
    states = {row.charging_state, *connectors.values_list("status", flat=True)}
    if "SuspendedEV" in states:
        return f"A session runs at {at} (paused by the car)"
    if "SuspendedEVSE" in states:
        return f"A session runs at {at} (paused by the charger)"
    return f"A car charges at {at}"


def _faults(charger: Charger) -> tuple[str, ...]:
    """Returns the connectors that report a fault now."""
    rows = Connector.objects.filter(evse__charger=charger, status="Faulted").order_by("evse__number", "number")
    numbers = [str(number) for number in rows.values_list("evse__number", flat=True)]
    if not numbers:
        return ()
    return (f"Faulted now: connector{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}.",)


def trigger(case: TicketContext) -> Preview:
    charger = reachable(case)
    sentences = (
        f"{charger.station_id} is asked to report the state of its connectors now. Nothing changes at the charger.",
        "What it answers stands on this page as soon as it comes.",
    )
    return Preview(says=sentences, button="Ask for its status")


def start(case: TicketContext, *, evse_number: int, uid: str) -> Preview:
    """Previews who would pay, by which rate.

    Raises NotPossibleError if the start is refused, or the payer is unknown.
    """
    charger = reachable(case)
    decided = payable(charger, uid, evse_number=evse_number, now=case.now)
    check_free(charger, evse_number, uid=uid, now=case.now)
    sentences = (
        f"The charger is asked to start at connector {evse_number} of {charger.station_id} for the card {uid}.",
        "It is OCPP’s remote start: a car has to be plugged in, and the charger may still refuse.",
        *_who_pays(charger, decided, evse_number=evse_number, now=case.now),
    )
    return Preview(says=sentences, button="Start charging", stamp=f"{decided.granted_by} {decided.token_id}")


def payable(charger: Charger, uid: str, *, evse_number: int, now: datetime) -> DecisionResult:
    """Returns the decision about this start as of now, for a known card. Raises NotPossibleError."""
    try:
        decided = sending.rehearse_start(charger, uid, evse_number=evse_number, by=OrderedBy.AGENT, now=now)
    except StartRefusedError as exc:
        raise NotPossibleError(f"{exc} Nobody would pay for it. {_OVERRIDE}") from exc
    if decided.token_id is None:
        raise NotPossibleError(f"{_unknown(charger, uid, evse_number=evse_number, now=now)} {_OVERRIDE}")
    return decided


def _unknown(charger: Charger, uid: str, *, evse_number: int, now: datetime) -> str:
    """Tells why an unknown card is not started, in the chain's words if it refuses the card itself."""
    tap = Question(kind=Kind.AUTHORIZE, uid=uid, at=now, evse_number=evse_number)
    reason = decisions.decide(charger=charger, question=tap, now=now, dry_run=True).reason_entry
    refused = f" At the reader it is refused: {reason.title}." if reason else ""
    return (
        f"The card {uid} is known neither to {charger.property.host.name} nor to a provider.{refused} Nobody would pay."
    )


def check_free(charger: Charger, evse_number: int, *, uid: str = "", now: datetime) -> None:
    """Raises NotPossibleError if another driver is using the connector."""
    if outlets.is_taken(charger.pk, evse_number, now=now, uid=uid):
        raise NotPossibleError(overrides.TAKEN)


def _who_pays(charger: Charger, decided: DecisionResult, *, evse_number: int, now: datetime) -> tuple[str, ...]:
    """Tells who pays, by the same functions as at a session's start."""
    assert decided.token_id is not None
    card = Token.objects.select_related("msp", "driver_token__pays_with").get(pk=decided.token_id)
    if decided.granted_by == "accepts_any_token":
        return ("The charger is set to accept any card: nobody pays.",)
    audience = lifecycle.audience_of(decided.granted_by, token_id=decided.token_id)
    payer = resolver.Payer(audience=audience, token_id=decided.token_id, evse_number=evse_number)
    resolution = lifecycle.rate_of(charger, payer, at=now, now=now)
    if resolution.version is None:
        return (f"Nobody pays: {resolution.reason}",)
    host = charger.property.host.name
    return (_payer_of(card, audience=audience, host=host), resolution.reason)


def _payer_of(card: Token, *, audience: str, host: str) -> str:
    owned: DriverToken | None = getattr(card, "driver_token", None)
    if card.msp is not None:
        return f"The card is one of {card.msp.name}, which pays {host}."
    if audience == RateAssignment.Audience.REIMBURSEMENT:
        return f"{host} charges its employee’s car at home: the employer pays it back."
    if owned is not None and owned.pays_with is not None and owned.agreed_at is not None:
        return f"The driver’s account pays, with its payment card ending {owned.pays_with.last4}."
    return f"The card is one of {host}, with no payment card behind it: {host} collects the price itself."


def override(case: TicketContext, request: OverrideRequest) -> Preview:
    """Previews who pays what, and when it ends. Raises NotPossibleError."""
    charger = reachable(case)
    if request.payer is not Override.Payer.GUEST:
        check_free(charger, request.evse_number, now=case.now)
    if why := first_line.obstacle(case.by, lambda: first_line.of_override(request)):
        raise NotPossibleError(why)
    minutes = int(request.most.total_seconds() // 60)
    energy_limit = quantities.kilowatt_hours_short(request.most_wh)
    sentences = [
        f"This starts charging at connector {request.evse_number} of {charger.station_id}.",
        f"It is stopped after {energy_limit} or {minutes} minutes, whichever comes first.",
        f"If it has not begun by {clock(case, request.starts_before)}, it does not begin.",
        _payer(case, request),
    ]
    return Preview(says=tuple(sentences), button="Start charging", stamp=f"{request.payer} {request.most_minor}")


def _payer(case: TicketContext, request: OverrideRequest) -> str:
    host = request.charger.property.host.name
    try:
        version, _ = overrides.rate_of(request, now=case.now)
    except overrides.OverrideError as exc:
        raise NotPossibleError(str(exc)) from exc
    match request.payer:
        case Override.Payer.HOST:
            return f"{host} pays: nothing is billed to anybody, and no receipt is made."
        case Override.Payer.PLATFORM:
            assert version is not None
            amount_limit = money(request.most_minor, version.rate.currency)
            return (
                f"The platform pays {host} what guests pay (“{version.rate.name}”), without tax, and at most "
                f"{amount_limit}. "
                "The driver gets a receipt with a credit note over all of it."
            )
        case _:
            hold = hold_of(case)
            if hold is None:
                raise NotPossibleError("No money is held for the ticket’s session: let somebody else pay.")
            held_amount = money(hold.amount_minor, hold.currency)
            return (
                f"The guest pays by the price that they agreed to, out of the {held_amount} held on "
                f"{hold.last4 or 'a card'}."
            )


def hold_of(case: TicketContext) -> Hold | None:
    """Returns the hold of the ticket's session, while it waits for its start."""
    session = case.session
    if (
        session is None
        or session.state != Session.State.WAITING
        or session.charger_id != getattr(case.charger, "pk", 0)
    ):
        return None
    return session.holds.filter(role=Hold.Role.MAIN, state=Hold.State.AUTHORISED).order_by("-id").first()


def stop_billing(case: TicketContext, running_charge: ActiveSession) -> Preview:
    charger, session = charger_of(case), running_charge.session
    if session is None or session.rate_version is None or session.upstream:
        raise NotPossibleError("Nothing of that session is billed by us.")
    if session.billed_until is not None:
        raise NotPossibleError(f"Its bill ended at {clock(case, session.billed_until)} already.")
    price = cost(case, running_charge)
    sentences = (
        f"From now on nothing of the session at {describe_connector(charger, running_charge.transaction)} is billed.",
        f"The driver pays {price}, by the last reading before this moment. It cannot be billed later.",
        "Charging goes on until somebody stops it or the car is full. The receipt says when the bill ended.",
    )
    return Preview(says=sentences, button="Stop billing")


def describe_connector(charger: Charger, row: Transaction) -> str:
    """Returns the outlet's name for sentences."""
    return f"{charger.station_id}, connector {row.evse_number}" if row.evse_number else charger.station_id


def cost(case: TicketContext, running: ActiveSession) -> str:
    """Returns what the driver owes so far, as the object of "pays"."""
    session, energy = running.session, energy_of(running.transaction)
    if session is None:
        return f"nothing to us for {energy}: no session is known for it"
    if session.upstream:
        return f"what {session.upstream} bills for {energy}"
    if session.rate_version is None:
        return f"nothing for {energy}: {session.rate_reason}".rstrip(".")
    report = lifecycle.running_cost(session, now=case.now)
    if report is None:
        return f"by the rate for {energy}: no reading has come yet"
    if report.is_held:
        return f"nothing yet for {energy}: its readings cannot be true, so the host reviews it"
    return f"for {energy}, {money(report.total_minor, session.rate_version.rate.currency)} as it stands"


def energy_of(row: Transaction) -> str:
    """Returns the energy that the car has taken so far."""
    if row.register_wh is None or row.meter_start_wh is None:
        return "an unknown amount of energy"
    return quantities.kilowatt_hours_short(max(row.register_wh - row.meter_start_wh, 0))


def describe_sent_command(command: Command) -> str:
    """Returns the result of a command that was sent. Raises NotPossibleError if it was not."""
    if command.state == Command.State.OFFLINE:
        raise NotPossibleError(f"Nothing was sent. {command.outcome}")
    return f"{command.action} was sent to {command.charger.station_id}; its answer stands under the charger’s commands."
