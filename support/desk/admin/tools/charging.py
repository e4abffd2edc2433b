"""Tools at the ticket's charger: start, stop, unlock, restart, ask for its status."""

from datetime import timedelta
from typing import Any, Final

from django import forms

from authorization.identifiers import uids
from authorization.people import access
from billing.models import Override
from billing.sessions.allowances import first_line
from billing.sessions.lifecycle.overrides import OverrideRequest
from billing.sessions.refunds import refunds
from chargers.models import Evse
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import charger_previews as previews
from support.tools.acts import charger as acts
from support.tools.case import ActiveSession, NotPossibleError, Preview, TicketContext

GROUP: Final = "Charger"


class StopForm(ToolForm):
    """The session to stop."""

    transaction = forms.ChoiceField(label="Which car")

    def prepare(self, case: TicketContext) -> None:
        self.choose(
            "transaction",
            [(str(running.transaction.pk), _describe_running_session(case, running)) for running in case.running],
        )


class OutletForm(ToolForm):
    """The connector."""

    evse = forms.TypedChoiceField(coerce=int, label="Connector")

    def prepare(self, case: TicketContext) -> None:
        numbers = Evse.objects.filter(charger=case.charger).order_by("number").values_list("number", flat=True)
        self.choose("evse", [(str(number), str(number)) for number in numbers[:50]])
        if case.session is not None and case.session.evse_number is not None:
            self.fields["evse"].initial = str(case.session.evse_number)


class StartForm(OutletForm):
    """The connector, and the card."""

    uid = forms.CharField(label="Card (UID)", max_length=100)

    def clean_uid(self) -> str:
        try:
            return uids.of_card(self.cleaned_data["uid"])
        except uids.UidError as exc:
            raise forms.ValidationError(str(exc)) from exc


class ResetForm(ToolForm):
    """The kind of reset."""

    kind = forms.ChoiceField(label="How", choices=[("soft", "Softly"), ("hard", "Hard, at once")])


class OverrideForm(OutletForm):
    """Who pays, within which limits, and until when charging may begin."""

    payer = forms.ChoiceField(label="Who pays")
    kwh = forms.IntegerField(label="Most energy, in kWh", min_value=1, max_value=200, initial=20)
    minutes = forms.IntegerField(label="Longest, in minutes", min_value=5, max_value=1440, initial=120)
    begins_within = forms.TypedChoiceField(
        label="It may begin within",
        coerce=int,
        choices=[("5", "5 minutes"), ("15", "15 minutes"), ("60", "an hour")],
        initial="15",
    )

    def prepare(self, case: TicketContext) -> None:
        super().prepare(case)
        has_hold = previews.hold_of(case) is not None
        choices = [
            (payer.value, str(payer.label)) for payer in Override.Payer if has_hold or payer != Override.Payer.GUEST
        ]
        self.choose("payer", choices)


def _describe_running_session(case: TicketContext, running: ActiveSession) -> str:
    assert case.charger is not None
    connector = previews.describe_connector(case.charger, running.transaction)
    return f"{connector}, {previews.energy_of(running.transaction)} so far"


def no_charger(case: TicketContext) -> str:
    if case.charger is None:
        return "The ticket names no charger: set it under Acts first."
    return "" if case.charger.is_online() else f"{case.charger.station_id} is not connected: no command reaches it."


def _nothing_runs(case: TicketContext) -> str:
    return no_charger(case) or ("" if case.running else "Nobody charges there now.")


def _nothing_billed(case: TicketContext) -> str:
    if case.charger is None:
        return "The ticket names no charger: set it under Acts first."
    return "" if case.running else "Nobody charges there now."


def _stop_preview(case: TicketContext, values: Values) -> Preview:
    return previews.stop(case, previews.running_of(case, values["transaction"]))


def _stop(case: TicketContext, values: Values, doing: Doing) -> str:
    running_charge = previews.running_of(case, values["transaction"])
    charger = previews.reachable(case)
    return acts.stop(charger, running_charge.transaction, idempotency_key=doing.once, by=doing.by, now=doing.now)


def _unlock(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.unlock(previews.reachable(case), values["evse"], idempotency_key=doing.once, by=doing.by, now=doing.now)


def _start(case: TicketContext, values: Values, doing: Doing) -> str:
    facts: dict[str, Any] = {"evse_number": values["evse"], "once": doing.once, "by": doing.by, "now": doing.now}
    return acts.start(previews.reachable(case), values["uid"], **facts)


def _build_override_request(case: TicketContext, values: Values) -> OverrideRequest:
    charger, payer = previews.charger_of(case), Override.Payer(values["payer"])
    currency = charger.property.host.currency
    return OverrideRequest(
        charger=charger,
        evse_number=values["evse"],
        payer=payer,
        most_wh=values["kwh"] * 1000,
        most=timedelta(minutes=values["minutes"]),
        most_minor=_giveaway_limit_minor(case, currency) if payer is Override.Payer.PLATFORM else None,
        starts_before=case.now + timedelta(minutes=values["begins_within"]),
        reason=values["reason"],
        ticket=case.ticket.label,
        paid=case.session,
        email=case.ticket.email,
        language=case.ticket.language,
    )


def _giveaway_limit_minor(case: TicketContext, currency: str) -> int:
    """Returns the most that this agent may give away. If the first line's limit is used up, the preview shows that."""
    alone = refunds.limit_minor(currency)
    if not access.is_first_line(case.by):
        return alone
    remaining_minor = first_line.left_of_ticket(case.ticket.label, currency=currency)
    return min(alone, remaining_minor or first_line.limit_minor(currency))


def _override(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.override(_build_override_request(case, values), idempotency_key=doing.once, by=doing.by, now=doing.now)


def _stop_billing_preview(case: TicketContext, values: Values) -> Preview:
    return previews.stop_billing(case, previews.running_of(case, values["transaction"]))


def _stop_billing(case: TicketContext, values: Values, doing: Doing) -> str:
    session = previews.running_of(case, values["transaction"]).session
    if session is None:
        raise NotPossibleError("Nothing of that session is billed by us.")
    return acts.stop_billing(session, reason=values["reason"], by=doing.by, now=doing.now)


def _reset(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.reset(previews.reachable(case), values["kind"], idempotency_key=doing.once, by=doing.by, now=doing.now)


def _trigger(case: TicketContext, _: Values, doing: Doing) -> str:
    return acts.ask_status(previews.reachable(case), idempotency_key=doing.once, by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="start",
        label="Start for a card",
        group=GROUP,
        says="Asks the charger to start for a charging card that is known here, without the card (OCPP remote start).",
        form=StartForm,
        obstacle=no_charger,
        preview=lambda case, values: previews.start(case, evse_number=values["evse"], uid=values["uid"]),
        act=_start,
    ),
    Tool(
        key="override",
        label="Start an override session",
        group=GROUP,
        says="Starts charging for a guest who is stuck, with a limit, and says who pays.",
        form=OverrideForm,
        obstacle=no_charger,
        preview=lambda case, values: previews.override(case, _build_override_request(case, values)),
        act=_override,
    ),
    Tool(
        key="stop-billing",
        label="Stop billing",
        group=GROUP,
        says="Charging goes on, and nothing more is billed for it.",
        form=StopForm,
        obstacle=_nothing_billed,
        preview=_stop_billing_preview,
        act=_stop_billing,
    ),
    Tool(
        key="stop",
        label="Stop a car",
        group=GROUP,
        says="Ends a session that runs.",
        form=StopForm,
        obstacle=_nothing_runs,
        preview=_stop_preview,
        act=_stop,
    ),
    Tool(
        key="unlock",
        label="Unlock a connector",
        group=GROUP,
        says="Asks the charger to release a plug that is stuck in its socket.",
        form=OutletForm,
        obstacle=no_charger,
        preview=lambda case, values: previews.unlock(case, values["evse"]),
        act=_unlock,
    ),
    Tool(
        key="reset",
        label="Restart the charger",
        group=GROUP,
        says="Softly first; hard only where that did not help.",
        form=ResetForm,
        obstacle=no_charger,
        preview=lambda case, values: previews.reset(case, values["kind"]),
        act=_reset,
    ),
    Tool(
        key="status",
        label="Ask for its status",
        group=GROUP,
        says="The charger reports its connectors’ state anew.",
        form=ToolForm,
        obstacle=no_charger,
        preview=lambda case, _: previews.trigger(case),
        act=_trigger,
    ),
)
