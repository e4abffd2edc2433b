"""Loads a roaming driver's session from its rows: the common part of its Session and its CDR."""

from decimal import Decimal
from typing import Any, Final

from authorization.identifiers import uids
from authorization.models import Decision, IssuerQuestion, Token
from authorization.roaming import ocpi_ids
from authorization.roaming.transport.routing import party
from billing.engine.values import money
from billing.models import PartnerCommand, Rating, Session
from billing.pricing import session_facts
from billing.roaming.partners import connections
from billing.roaming.sessions import stored_form, usage
from billing.roaming.sessions.stored_form import Cost, Period, TokenFacts

State = Session.State
_STATUSES: Final = {
    State.WAITING: "PENDING",
    State.CHARGING: "ACTIVE",
    State.STOPPED: "ACTIVE",
    State.HELD: "ACTIVE",
    State.SETTLED: "COMPLETED",
    State.FAILED: "INVALID",
}
_MAX_CONTRACT: Final = 36


def rows() -> Any:
    """Returns sessions with all that is read here."""
    related = ("host", "property", "charger", "transaction", "token__msp", "rate_version__rate")
    return Session.objects.filter(audience="roaming", token__msp__isnull=False).select_related(*related)


def facts_of(session: Session, *, tariff_id: str) -> stored_form.SessionFacts | None:
    """Returns the facts; None if the session has not begun, or its outlet is unknown."""
    if session.started_at is None or session.token is None or session.evse_number is None:
        return None
    rating = session.ratings.exclude(kind=Rating.Kind.REPLACED).order_by("-id").first()
    is_over = session.state in {State.SETTLED, State.FAILED}
    row = session.transaction
    register = row.register_wh if row else None
    start_wh = row.meter_start_wh if row else None
    energy = max((register or 0) - (start_wh or 0), 0) if register is not None and start_wh is not None else 0
    method, reference = authorization_of(session)
    return stored_form.SessionFacts(
        id=str(session.pk),
        party=connections.party_of(session.host),
        started_at=session.started_at,
        ended_at=(session.unplugged_at or session.stopped_at or session.settled_at) if is_over else None,
        energy_wh=rating.energy_wh if rating else energy,
        token=token_of(session.token),
        auth_method=method,
        authorization_reference=reference,
        location_id=ocpi_ids.location_id(session.property.slug),
        evse_uid=ocpi_ids.evse_uid(session.charger.lasting_id(), session.evse_number),
        connector_id=connector_of(session),
        currency=rating.currency if rating else session.host.currency,
        periods=_periods(session, rating, energy_wh=energy, tariff_id=tariff_id),
        cost=cost_of(rating) if rating else None,
        status=_STATUSES[State(session.state)],
    )


def _periods(session: Session, rating: Rating | None, *, energy_wh: int, tariff_id: str) -> list[Period]:
    """Returns the periods of a priced session by its price; for a running one a single, growing period."""
    if rating is not None:
        return usage.of_rating(rating.inputs, tariff_id=tariff_id).periods
    began = session_facts.began_at(session) or session.started_at
    row = session.transaction
    if began is None or row is None or row.register_at is None:
        return []
    elapsed_s = max(stored_form.seconds(row.register_at - row.started_at), 0)
    return [Period(start=began, energy_wh=energy_wh, charging_s=elapsed_s, tariff_id=tariff_id)]


def connector_of(session: Session) -> str:
    """Returns the connector's id. In 1.6 the connector is the EVSE, and its only plug has the number 1."""
    if session.transaction is not None and session.transaction.ocpp_version == "1.6":
        return "1"
    return str(session.connector_number or 1)


def token_of(token: Token) -> TokenFacts:
    """Returns the token as its provider sent it; without a provider's object, its number is the contract id."""
    assert token.msp is not None
    return TokenFacts(
        party=party(token.msp.country_code, token.msp.party_id),
        uid=token.uid,
        type=token.type,
        contract_id=(token.contract_id or token.visual_number or token.uid)[:_MAX_CONTRACT],
    )


def authorization_of(session: Session) -> tuple[str, str]:
    """Returns how the driver was authorized (9.4.1), and the partner's reference: from its command, else from its last
    answer.
    """
    command = PartnerCommand.objects.filter(session=session).order_by("-created_at").first()
    if command is not None:
        return "COMMAND", str(command.request.get("authorization_reference") or "")[:36]
    decision = Decision.objects.filter(pk=session.decision_id).first() if session.decision_id else None
    answers = IssuerQuestion.objects.filter(
        charger=session.charger_id, canonical_uid=uids.from_wire(session.id_token) or "", is_probe=False,
        state=IssuerQuestion.State.ANSWERED, word="ALLOWED",
    )  # fmt: skip
    if session.started_at is not None and session.transaction is not None:
        answers = answers.filter(asked_at__lte=session.transaction.start_received_at)
    newest = answers.order_by("-id").first()
    granted_by = decision.granted_by if decision else ""
    if granted_by == "start_ordered":
        return "COMMAND", ""
    if granted_by in {"live_validation", "approved_recently"}:
        return "AUTH_REQUEST", newest.reference if newest else ""
    return "WHITELIST", ""


def cost_of(rating: Rating) -> Cost:
    report = rating.report
    return Cost(
        net_minor=rating.net_minor,
        total_minor=rating.total_minor,
        digits=digits_of(rating.currency),
        tax_is_stated=bool(report.get("taxes")) and bool(rating.inputs["session"]["rate"].get("tax") or {}),
        taxes=tuple((Decimal(str(group["rate_pct"])), int(group["tax"])) for group in report.get("taxes", [])),
    )


def digits_of(currency: str) -> int:
    """Returns the currency's decimals: 2 for EUR, 0 for JPY."""
    minor, digits = money.exact_minor(Decimal(1), currency=currency), 0
    while minor > 1:
        minor, digits = minor / 10, digits + 1
    return digits
