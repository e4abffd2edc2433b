"""The page of a session: what it cost and why, and what is still open."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.decide import reasons
from authorization.people import access as people
from authorization.people import second_person
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.reports.report_json import report_json
from billing.engine.values import money
from billing.models import Complaint, Dispute, Hold, OutgoingMail, Receipt, Receivable, Refund, RefundPart, Session
from billing.payouts.cycle import allocation, bridge, card_costs, money_steps
from billing.payouts.cycle.card_costs import CardCosts
from billing.payouts.cycle.money_steps import MoneyFacts
from billing.pricing.rates import sites
from billing.sessions.allowances import first_line
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.holds import hold_limit
from billing.sessions.lifecycle import lifecycle, listing
from billing.sessions.refunds import refunds, suggestions
from billing.sessions.settlement import correction, reviews
from billing.sessions.settlement.acts import sessions as acts
from chargers.formatting import phrases as wordings
from chargers.pages import charger_decisions, live
from chargers.text import spreadsheets
from support.diagnosis import facts as diagnosis_facts
from support.diagnosis import presentation as diagnosis
from support.explain import timeline


@dataclass(frozen=True, slots=True)
class Price:
    """A price report as stored, or the current one while the session runs."""

    report: dict[str, Any]
    currency: str
    title: str
    readings: list[dict[str, Any]]
    """The priced events: `at`, `what`, and `wh` or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The headline of a session; each figure is None while unknown."""

    energy_wh: int | None
    lasted: timedelta | None
    average_w: int | None


def _version(request: HttpRequest, session_id: uuid.UUID) -> str:
    """Returns a version of the session, its transaction and its charger's newest report. One indexed query."""
    rows = (
        access.sessions(viewer(request))
        .filter(pk=session_id)
        .annotate(written=live.row_version("billing_session"), measured=live.row_version("chargers_transaction"))
    )
    return live.digest(
        list(rows.values_list("written", "transaction__register_wh", "measured", "charger__last_message_at"))
    )


@login_required
@require_safe
@live.follows(_version)
def session_page(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Shows one session: its amount down to the readings, its timeline, its payment and its rate."""
    sessions = access.sessions(viewer(request)).select_related(
        "charger__property__host",
        "property",
        "host",
        "token",
        "transaction__charger__property",
        "rate_version__rate",
        "late_stop",
        "folio_charge__total",
        "override",
    )
    session = _annotate_rare_parts(sessions).filter(pk=session_id).first()
    if session is None:
        raise Http404
    at = now()
    facts = timeline.load_records(session)
    may_handle = people.has_right(viewer(request), Right.HANDLE_MONEY, session.host)
    offers = _offers(request, session) if may_handle else []
    difference = correction.offer(session) if may_handle and hasattr(session, "late_stop") else None
    live = next((hold for hold in facts.holds if hold.state != Hold.State.FAILED), None)
    may_refund = may_handle and facts.receipt is not None and facts.receipt.rating.total_minor > 0
    session_refunds, owed = list(_refunds(session)), _receivables(session)
    contested = list(Dispute.objects.filter(hold__session=session).order_by("id")) if session.has_disputes else []
    obstacle = _refund_obstacle(facts) if may_refund and (session_refunds or owed or contested) else ""
    payout, price = bridge.payout_of(session.pk), _price(session, facts=facts, at=at)
    shown_diagnosis = diagnosis.for_staff(session, now=at, report=price.report if price else None)
    context = {
        "room": "sessions",
        "session": session,
        "kind": listing.LOOKS[Session.State(session.state)],
        "is_live": session.state in Session.LIVE,
        "facts": facts,
        "price": price,
        "figures": _figures(session, price, at=at),
        "steps": money_steps.steps(
            MoneyFacts(
                session=session,
                holds=facts.holds,
                rating=facts.newest_rating,
                receipt=facts.receipt,
                payout=payout,
                waits_for=allocation.waiting_for(session.pk) if payout is None else None,
            )
        ),
        "payments": [(hold, hold.amount_minor - hold.captured_minor) for hold in facts.holds],
        "may_waive": session.state == Session.State.HELD and may_handle,
        "no_waiver": _no_waiver(request, session) if may_handle else "",
        "offers": offers,
        "lacks_power": bool(may_handle) and reviews.lacks_power(session),
        "likely": any(offer.is_likely for offer in offers),
        "difference": difference,
        "no_leaving": first_line.obstacle(viewer(request), lambda: first_line.of_difference(session))
        if difference
        else "",
        "refunds": session_refunds,
        "mails": OutgoingMail.objects.filter(receipt__session=session).select_related("receipt").order_by("id"),
        "may_refund": may_refund,
        "may_give": may_refund and not obstacle,
        "obstacle": obstacle,
        "collected_by_host": facts.receipt is not None and facts.receipt.collected_by == Receipt.Collector.HOST,
        "mine": second_person.find_own_acts(
            viewer(request), {refund.pk: refunds.first_of(refund) for refund in session_refunds}
        ),
        "may_answer": may_handle,
        "may_agree": may_handle and not people.is_first_line(viewer(request)),
        "complaints": _complaints(session),
        "suggested": _suggest_refunds(facts) if may_refund and not obstacle else [],
        "opens_payments": bool(owed or contested),
        "live_hold": live if live and live.state in Hold.LIVE else None,
        "receivables": owed,
        "payout": payout,
        "bank_match": payout.bank_matches.select_related("line").order_by("kind").first() if payout else None,
        "disputes": contested,
        "card_costs": _card_costs(facts, contested, at=at),
        "missing": wordings.missing_messages(session.transaction) if session.transaction else "",
        "acts": charger_decisions.of_transaction(session.transaction) if session.transaction else [],
        "rate_zone": sites.time_zone(session.rate_version.rate) if session.rate_version else "",
        "reason": reasons.CATALOGUE.get(facts.decision.reason) if facts.decision else None,
        "limit": hold_limit.reason(session, facts.holds),
        "diagnosis": shown_diagnosis,
        "may_answer_sign": shown_diagnosis.asked is not None and people.may_operate(viewer(request), session.charger),
    }
    return render(request, "billing/session.html", context)


def _annotate_rare_parts(sessions: QuerySet[Session]) -> QuerySet[Any]:
    """Annotates what few sessions have, so that the page loads it only where it exists."""
    return sessions.annotate(
        has_disputes=Exists(Dispute.objects.filter(hold__session=OuterRef("pk"))),
        has_receivables=Exists(Receivable.objects.filter(session=OuterRef("pk"))),
        has_complaints=Exists(Complaint.objects.filter(receipt__session=OuterRef("pk"))),
    )


def _receivables(session: Any) -> list[Receivable]:
    return list(session.receivables.order_by("id")) if session.has_receivables else []


def _complaints(session: Any) -> list[Complaint]:
    rows = Complaint.objects.filter(receipt__session=session).order_by("id")
    return list(rows) if session.has_complaints else []


def _figures(session: Session, price: Price | None, *, at: datetime) -> Figures:
    energy_wh = price.report["energy_wh"] if price else session.transaction.energy_wh if session.transaction else None
    session_length = listing.duration(session, now=at)
    seconds = session_length.total_seconds() if session_length else 0
    average_w = round(energy_wh * 3600 / seconds) if energy_wh and seconds else None
    return Figures(energy_wh=energy_wh, lasted=session_length, average_w=average_w)


def _card_costs(facts: timeline.SessionHistory, contested: list[Dispute], *, at: datetime) -> CardCosts | None:
    """Returns the card costs if the platform collects the price for the host."""
    if facts.receipt is None or facts.receipt.collected_by == Receipt.Collector.HOST:
        return None
    earned = facts.receipt.rating.net_minor
    return card_costs.find_excess(facts.session, holds=facts.holds, disputes=contested, earned_minor=earned, now=at)


@login_required
@require_safe
def session_power_csv(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Downloads every reading of the session's power, oldest first, with times in UTC."""
    sessions = access.sessions(viewer(request)).select_related("charger__property", "property", "transaction")
    session = sessions.filter(pk=session_id).first()
    if session is None:
        raise Http404
    readings = diagnosis_facts.of_session(session, now=now()).readings
    rows = ([reading.at.isoformat(), Decimal(reading.power_w).scaleb(-3)] for reading in readings)
    response = HttpResponse(spreadsheets.render_csv(["at", "power (kW)"], rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="power-{session.pk}.csv"'
    return response


@login_required
@require_POST
def session_waive(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Bills nothing for a held session, and releases the hold on the card."""
    user = viewer(request)
    session = access.sessions(user).select_related("host", "charger").filter(pk=session_id).first()
    if session is None or not people.has_right(user, Right.HANDLE_MONEY, session.host):
        raise Http404
    reason = request.POST.get("reason", "").strip()[:400]
    if not reason:
        notes.error(request, "Say why nothing is to be billed: the driver reads it, and the audit trail keeps it.")
        return redirect("billing:session", session_id=session_id)
    try:
        first_line.check(user, lambda: first_line.of_waiver(session))  # refuses before the log-in
        gives = session.state == Session.State.HELD and first_line.of_waiver(session).amount_minor > 0
        return (_waive_after_log_in if gives else _waive)(request, session, reason)
    except LimitError as exc:
        notes.error(request, str(exc))
    return redirect("billing:session", session_id=session_id)


def _waive(request: HttpRequest, session: Session, reason: str) -> HttpResponse:
    if acts.waive(session, reason=reason, by=viewer(request), now=now()):
        had_hold = session.holds.filter(role=Hold.Role.MAIN).exclude(state=Hold.State.FAILED).exists()
        back = "Nothing is billed, and what was held on the card goes back."
        notes.success(request, back if had_hold else "Nothing is billed.")
    else:
        notes.info(request, "Nothing was changed: this session is not held for review any more.")
    return redirect("billing:session", session_id=session.pk)


_waive_after_log_in = fresh_login.after_log_in(_waive)
"""Does the same after a fresh log-in if there is something to bill: waiving it gives money away, as a refund does."""


@login_required
@require_POST
def session_review(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Bills a held session in one of the ways offered."""
    user = viewer(request)
    session = access.sessions(user).select_related("host", "charger").filter(pk=session_id).first()
    if session is None or not people.has_right(user, Right.HANDLE_MONEY, session.host):
        raise Http404
    expected_text = request.POST.get("expected", "")
    try:
        rating = acts.review(
            session,
            choice=request.POST.get("choice", ""),
            expected_minor=int(expected_text) if expected_text.isdecimal() and len(expected_text) < 16 else -1,
            readings_checked=request.POST.get("readings_checked") == "yes",
            by=user,
            now=now(),
        )
    except (reviews.ReviewError, LimitError) as exc:
        notes.error(request, str(exc))
    else:
        notes.success(request, f"{money.text(rating.total_minor, currency=rating.currency)} is billed.")
    return redirect("billing:session", session_id=session_id)


def _offers(request: HttpRequest, session: Session) -> list[reviews.ReviewOption]:
    """Returns each way to bill the session, and why the viewer may not choose it."""
    return [replace(option, obstacle=_no_review(request, session, option)) for option in reviews.offers(session)]


def _no_review(request: HttpRequest, session: Session, option: reviews.ReviewOption) -> str:
    total_minor = option.total_minor
    return first_line.obstacle(viewer(request), lambda: first_line.of_review(session, total_minor=total_minor))


def _no_waiver(request: HttpRequest, session: Session) -> str:
    """Returns why the viewer may not waive the session."""
    if session.state != Session.State.HELD:
        return ""
    return first_line.obstacle(viewer(request), lambda: first_line.of_waiver(session))


def _price(session: Session, *, facts: timeline.SessionHistory, at: datetime) -> Price | None:
    rating = facts.newest_rating
    if rating is not None:
        events = rating.inputs["session"]["events"]
        is_waived = session.state == Session.State.FAILED
        title = "What it would have cost" if is_waived else f"{rating.get_kind_display()} price"
        return Price(rating.report, rating.currency, title, _readings(events))
    if session.state not in {Session.State.CHARGING, Session.State.STOPPED}:
        return None
    running = lifecycle.running_cost(session, now=at)
    if running is None:
        return None
    return Price(report_json(running), running.currency, "Cost so far", [])


def _refunds(session: Session) -> QuerySet[Refund]:
    parts = RefundPart.objects.select_related("hold").order_by("id")
    refunds = Refund.objects.filter(receipt__session=session).select_related("credit_note")
    return refunds.prefetch_related(Prefetch("parts", parts)).order_by("id")


def _suggest_refunds(facts: timeline.SessionHistory) -> list[suggestions.Suggestion]:
    """Returns suggested refunds. They belong to the first receipt, even if it was corrected."""
    first = _first(facts)
    if first is None:
        return []
    first.session = facts.session
    return suggestions.suggest(first)


def _refund_obstacle(facts: timeline.SessionHistory) -> str:
    """Returns why nothing of the session can be refunded now; empty if something can."""
    first = _first(facts)
    return refunds.obstacle(first) if first is not None else ""


def _first(facts: timeline.SessionHistory) -> Receipt | None:
    return next((receipt for receipt in facts.receipts if receipt.kind == Receipt.Kind.RECEIPT), None)


def _readings(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    words = {"start": "Start", "meter": "Reading", "stop": "Stop"}
    return [
        {
            "at": datetime.fromisoformat(event["t"]),
            "what": words.get(event["type"], event.get("status", "")),
            "wh": event.get("wh"),
        }
        for event in sorted(events, key=lambda event: str(event["t"]))
    ]
