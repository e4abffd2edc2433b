"""`manage.py decide`: a dry run of the authorization chain. Exit 0 accepted, 1 refused, 2 bad input, 3 would ask."""

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import CommandError

from authorization.decide import decisions, engine, reasons
from authorization.decide.decisions import DecisionResult, GivenFacts, Kind, Question
from authorization.decide.facts import LiveValidation, LiveValidationState, OrderedBy
from authorization.decide.reasons import links
from authorization.identifiers import uids
from authorization.insight import remedies
from authorization.roaming import questions, realtime
from chargers.commands import queue
from chargers.fleet import hardware_swaps
from chargers.lib.outbound import NoAnswerError, TimedOutError
from chargers.lib.quick_command import QuickCommand
from chargers.models import Charger, Evse

_EXIT = {"accepted": 0, "refused": 1, "would_ask_msp": 3}
_SIGN = {"passed": "✓", "failed": "✗", "skipped": "–"}
_TITLES = {step.key: step.title for step in engine.CHAIN}


class Command(QuickCommand):
    """Evaluates whether a token or guest may charge now; stores nothing, and asks a provider only with --live."""

    help = "Would this card be accepted here, now? The chain of a real tap, without a car and without a trace left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--charger", required=True, metavar="ID", help="the charger's OCPP identity")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--token", metavar="UID", help="in any notation: 04:A1:B2:C3 or 04a1b2c3")
        choice.add_argument("--guest", action="store_true", help="somebody without a card, at the QR code")
        parser.add_argument("--connector", type=int, metavar="N")
        parser.add_argument("--kind", choices=[kind.value for kind in Kind])
        parser.add_argument("--ordered-by", choices=[choice.value for choice in OrderedBy], default=OrderedBy.APP.value)
        parser.add_argument("--live", action="store_true", help="ask the mobility provider where the chain would")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            charger, question = _read(options)
        except CommandError as exc:
            if options["json"]:
                self.stdout.write(json.dumps({"error": str(exc)}, ensure_ascii=False))
            raise
        facts = _load_extra_facts(charger, question)
        outcome = decisions.decide(charger=charger, question=question, now=question.at, given_facts=facts, dry_run=True)
        if outcome.asks_provider and options["live"]:
            facts = replace(facts, live=_ask(charger, question, msp=outcome.provider_key))
            outcome = decisions.decide(
                charger=charger, question=question, now=question.at, given_facts=facts, dry_run=True
            )
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(outcome, question), ensure_ascii=False, indent=2))
        else:
            self._print(outcome, charger)
        sys.exit(_EXIT[outcome.verdict])

    def _print(self, outcome: DecisionResult, charger: Charger) -> None:
        """Prints the verdict, the path through the chain, and what the host can do."""
        reason = outcome.reason_entry
        if reason is not None:
            self.stdout.write(self.style.ERROR(f"Refused: {reason.title} ({reason.code})"))
            self.stdout.write(f"{reason.host.meaning}")
        elif outcome.is_accepted:
            granted = f"Accepted by: {_TITLES[outcome.granted_by]}"
            self.stdout.write(self.style.SUCCESS(f"{granted} ({outcome.mark})" if outcome.mark else granted))
        else:
            self.stdout.write(self.style.WARNING(f"Only mobility provider {outcome.provider_key} can tell."))
        if outcome.status_16:
            self.stdout.write(f"The charger is answered {outcome.status_16} (OCPP 1.6) or {outcome.status_2x} (2.x).")
        self.stdout.write("")
        for line in outcome.trace:
            step, sign = _TITLES[str(line["step"])], _SIGN[str(line["outcome"])]
            self.stdout.write(f"  {sign} {step:<24}{line['sentence']}")
        if reason is not None:
            self.stdout.write("\nWhat the host can do:")
            for number, step_to_do in enumerate(_host_steps(reason, outcome), start=1):
                link = _fill_link(step_to_do.link, outcome=outcome, charger=charger)
                self.stdout.write(f"  {number}. {step_to_do.text}{f'  {link}' if link else ''}")


def _host_steps(reason: reasons.Reason, outcome: DecisionResult) -> tuple[reasons.NextStep, ...]:
    return remedies.steps(reason, reasons.Audience.HOST, uid=outcome.uid)


def _read(options: dict[str, Any]) -> tuple[Charger, Question]:
    """Reads the charger and the question. Raises CommandError (exit 2) with one sentence."""
    kind = _kind(options)
    name, chargers = options["charger"], Charger.objects.select_related("property")
    charger = chargers.filter(charger_id=name).first() or hardware_swaps.find_by_former_id(chargers, name)
    if charger is None:
        _refuse_charger(options["charger"])
    evse = options["connector"]
    numbers = list(Evse.objects.filter(charger=charger).order_by("number").values_list("number", flat=True))
    if evse is not None and evse not in numbers:
        names = ", ".join(map(str, numbers)) or "none"
        raise CommandError(f"Charger {charger.charger_id} has no connector {evse}; it has: {names}.", returncode=2)
    try:
        uid = options["token"] or ""
        if uid or kind is not Kind.GUEST:
            uids.canonical(uid)
    except uids.UidError as exc:
        raise CommandError(f"--token: {exc}", returncode=2) from exc
    ordered_by = OrderedBy(options["ordered_by"])
    at = datetime.now(tz=UTC)
    return charger, Question(kind=kind, uid=uid, at=at, evse_number=evse, ordered_by=ordered_by)


def _kind(options: dict[str, Any]) -> Kind:
    kind_option, token = options["kind"], options["token"]
    if options["guest"] or (kind_option == Kind.GUEST and token is None):
        if kind_option not in {None, Kind.GUEST, Kind.GUEST.value}:
            raise CommandError(f"A guest has no card to present: leave out --kind {kind_option}.", returncode=2)
        return Kind.GUEST
    if token is None:
        raise CommandError("Say who asks: --token UID, or --guest.", returncode=2)
    return Kind(kind_option or Kind.AUTHORIZE)


def _refuse_charger(charger_id: str) -> NoReturn:
    similar_charger = Charger.objects.filter(charger_id__iexact=charger_id).first()
    similar_charger = similar_charger or Charger.objects.filter(station_id__iexact=charger_id).first()
    hint = f" Did you mean {similar_charger.charger_id}?" if similar_charger else ""
    raise CommandError(f"No charger has the id {charger_id!r}.{hint}", returncode=2)


def _load_extra_facts(charger: Charger, question: Question) -> GivenFacts:
    """Returns the facts that a real tap would add to the chain's own."""
    if question.kind not in {Kind.AUTHORIZE, Kind.START}:
        return GivenFacts()
    order = queue.ordered_start(
        charger, uid=question.uid, evse_number=question.evse_number, at=question.at, now=question.at
    )
    return GivenFacts(ordered_start=order)


def _ask(charger: Charger, question: Question, *, msp: str) -> LiveValidation:
    """Asks the provider now. Nothing is stored, and the circuit breaker is not affected."""
    uid = uids.from_wire(question.uid) or ""
    card = questions.Card(charger=charger, canonical_uid=uid, msp=msp, evse_number=question.evse_number)
    job = questions.job(card)
    began = time.monotonic()
    try:
        reply = realtime.authorize(job.endpoint, job.question, timeout_s=job.timeout_s)
    except NoAnswerError as exc:
        state = LiveValidationState.TIMED_OUT if isinstance(exc, TimedOutError) else LiveValidationState.NO_ANSWER
        validation = LiveValidation(state=state, message=str(exc), timeout_s=round(job.timeout_s))
    else:
        validation = LiveValidation(
            state=LiveValidationState.ANSWERED, answer=reply.answer, message=reply.message, reference=reply.reference
        )
    return replace(validation, took_ms=round((time.monotonic() - began) * 1000))


def _as_json(outcome: DecisionResult, question: Question) -> dict[str, object]:
    reason = outcome.reason_entry
    return {
        "verdict": outcome.verdict,
        "status": outcome.status_2x or None,
        "status_16": outcome.status_16 or None,
        "reason": outcome.reason or None,
        "title": reason.title if reason else outcome.verdict.replace("_", " ").capitalize(),
        "next_steps": {
            audience.value: [step.text for step in remedies.steps(reason, audience, uid=outcome.uid)] if reason else []
            for audience in reasons.Audience
        },
        "remedies": [remedy.value for remedy in reason.remedies] if reason else [],
        "kind": str(question.kind),
        "granted_by": outcome.granted_by or None,
        "mark": outcome.mark or None,
        "trace": outcome.trace,
    }


def _fill_link(template: str, *, outcome: DecisionResult, charger: Charger) -> str:
    values = {
        "uid": outcome.uid,
        "charger_id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
    }
    path = links.fill(template, values) if template else ""
    return f"{settings.PUBLIC_BASE_URL}{path}" if path else ""
