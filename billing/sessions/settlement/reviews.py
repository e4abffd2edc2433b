"""Reviews of held sessions: every way to bill one with its amount, and the decision."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from billing.engine import held_readings, price
from billing.engine.held_readings import Choice, Reading
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, PriceReason
from billing.engine.reports.report import PriceReport
from billing.engine.reports.report_json import report_json
from billing.models import Rating, Session
from billing.pricing import session_facts
from chargers.models import Transaction

TITLES: Final = {
    Choice.AS_IT_STANDS: "Bill it as it stands",
    Choice.LAST_TRUSTED: "Bill up to the last trusted reading",
    Choice.PLAUSIBLE: "Bill what the connector can deliver",
    Choice.FIRST_READING: "Bill from the first reading after the start",
    Choice.OUR_CLOCK: "Bill by our clock",
}


NOT_CHECKED: Final = (
    "Nothing is billed yet: confirm that you have looked at the readings and that they are right. Billing a held "
    "session as it stands cannot be undone."
)


class ReviewError(Exception):
    """The choice is not possible; the message tells why, and what is possible."""


class NotCheckedError(ReviewError):
    """A person must confirm the readings before this can be billed."""


@dataclass(frozen=True, slots=True)
class ReviewOption:
    """One way to bill a held session, with its cost."""

    reading: Reading
    inputs: dict[str, Any]
    report: PriceReport
    is_likely: bool = False
    """The usual choice: the first that does not bill implausible readings."""
    obstacle: str = ""
    """Why the viewer may not choose it; empty if they may."""

    @property
    def choice(self) -> str:
        return self.reading.choice.value

    @property
    def needs_check(self) -> bool:
        """Whether a person must confirm the readings before they are billed, because they are doubtful."""
        return self.reading.choice is Choice.AS_IT_STANDS

    @property
    def title(self) -> str:
        return TITLES[self.reading.choice]

    @property
    def sentence(self) -> str:
        return self.reading.sentence

    @property
    def total_minor(self) -> int:
        return self.report.total_minor

    @property
    def energy_wh(self) -> int:
        return self.report.energy_wh


def offers(session: Session) -> list[ReviewOption]:
    """Returns the ways to bill a held session, from the readings that hold it; empty if it can only be waived."""
    if session.state != Session.State.HELD:
        return []
    rating = session.ratings.order_by("-id").first()
    review_options = list(options(session, rating)) if rating is not None else []
    likely = next(
        (review_option for review_option in review_options if review_option.reading.choice is not Choice.AS_IT_STANDS),
        None,
    )
    return [replace(option, is_likely=option is likely) for option in review_options]


def lacks_power(session: Session) -> bool:
    """Whether a session is held for implausible energy and its connector's power is unknown."""
    row = session.transaction
    if session.state != Session.State.HELD or row is None or row.case != Transaction.Case.IMPLAUSIBLE_ENERGY:
        return False
    return (row.energy_wh or 0) > 0 and session_facts.deliverable_w(session) is None


def bill(
    session_id: UUID, *, choice: str, expected_minor: int, now: datetime, readings_checked: bool = False
) -> Rating:
    """Makes the chosen price the final one; the session then continues to its capture and receipt. Raises ReviewError.

    `expected_minor` is the amount that the person saw; `readings_checked` confirms the readings if the offer needs it.
    The caller records the actor in the same transaction, and calls `settle.settle` after it (the sweep would do so,
    too).
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(pk=session_id, state=Session.State.HELD).first()
        if session is None:
            raise ReviewError("Nothing was changed: this session is not held for review any more.")
        offer = next((option for option in offers(session) if option.choice == choice), None)
        if offer is None:
            raise ReviewError("This session cannot be billed like that: choose one of the ways that are offered.")
        if offer.total_minor != expected_minor:
            raise ReviewError("The amount has changed since you opened the page: look at it again.")
        if offer.needs_check and not readings_checked:
            raise NotCheckedError(NOT_CHECKED)
        rating = _final(session, offer, now=now)
        Session.objects.filter(pk=session.pk).update(state=Session.State.STOPPED, state_sentences=())
        return rating


def options(session: Session, rating: Rating) -> Iterator[ReviewOption]:
    """Yields each way to bill what a held rating has measured.

    If the plug was still in, the time after the last event is not billed: the driver may have started again and paid
    for connecting meanwhile.
    """
    priced_session, _ = session_facts.parse_inputs(rating.inputs)
    driver = replace(priced_session.facts.driver, followed_at=session_facts.followed_at(session))
    facts, power_w = replace(priced_session.facts, driver=driver), session_facts.deliverable_w(session)
    for reading in held_readings.readings(facts, deliverable_w=power_w):
        report = price.price(rate=priced_session.rate, facts=reading.facts, zone=priced_session.zone)
        if report.lines and not report.is_held:
            inputs = session_facts.apply_review(rating.inputs, facts=reading.facts, choice=reading.choice.value)
            yield ReviewOption(reading, inputs, report)


def _final(session: Session, offer: ReviewOption, *, now: datetime) -> Rating:
    stored_report = report_json(offer.report)
    why = (PriceReason(Code.REVIEWED), offer.reading.reason)
    stored_report["notes"].append(reasons.render_note(why))
    stored_report["note_reasons"].append([reason.as_json() for reason in why])
    report = offer.report
    return Rating.objects.create(
        session=session,
        kind=Rating.Kind.FINAL,
        engine_version=price.ENGINE_VERSION,
        inputs=offer.inputs,
        report=stored_report,
        currency=report.currency,
        total_minor=report.total_minor,
        net_minor=report.net_minor,
        tax_minor=report.tax_minor,
        energy_wh=report.energy_wh,
        created_at=now,
    )
