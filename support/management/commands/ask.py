"""`manage.py ask`: asks the assistant one sentence, without a conversation."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Session
from chargers.lib import ids
from chargers.lib.quick_command import QuickCommand
from chargers.models import Charger
from support.assistant import dialogue, mentioned_details, symptoms
from support.assistant.dialogue import Findings, Stage, State, Turn, Utterance
from support.lookup import prefill, topic_lookup
from support.lookup.prefill import Prefill
from support.models import Conversation
from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker

_LONGEST: Final = 2000
_ASKED_AS: Final = {Detail.PMS_CONNECTED: Detail.PMS_NAME}
"""Two questions about the PMS share one code: its name, and whether it is connected."""


class Command(QuickCommand):
    help = "Prints what the assistant would answer: the topic, what it finds, the steps, what it would still ask."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--station", default="", help="the Station ID at which the person stands")
        parser.add_argument("--session", default="", help="the id of the person's session")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        prefilled = _build_prefill(options["station"].strip(), options["session"].strip())
        text = options["text"].replace("\x00", "").strip()[:_LONGEST]
        with translation.override(options["language"]):
            answer = _answer(text, prefilled, language=options["language"])
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else _describe_answer(answer))


def _build_prefill(station: str, session: str) -> Prefill:
    """Returns what is known.

    Raises CommandError (exit 2) for what does not exist, and for a session at another station.
    """
    charger = _charger(station) if station else None
    if not session:
        return prefill.of_charger(charger) if charger else Prefill()
    rows = Session.objects.select_related("charger__property__host", "property", "host", "driver__user")
    key = ids.read(session)
    if (row := rows.filter(pk=key).first() if key else None) is None:
        raise CommandError(f"There is no session {session[:60]}.", returncode=2)
    if charger is not None and row.charger_id != charger.pk:
        charger_label = row.charger.station_id or row.charger.charger_id
        raise CommandError(
            f"That session was at {charger_label}, not at {station[:60]}: name one of the two.", returncode=2
        )
    return prefill.of_session(row)


def _charger(station: str) -> Charger:
    """Returns the charger in service with this Station ID, else with this id."""
    rows = Charger.objects.select_related("property__host").filter(retired_at=None)
    chargers = list(rows.filter(Q(station_id=station) | Q(charger_id=station))[:2])
    exact = [charger for charger in chargers if charger.station_id == station] or chargers
    if not exact:
        raise CommandError(f"There is no station {station[:60]} in service.", returncode=2)
    return exact[0]


def _answer(text: str, prefilled: Prefill, *, language: str) -> dict[str, Any]:
    now, reading = datetime.now(tz=UTC), symptoms.read(text)
    number = reading.topics[0] if reading.is_sure and reading.meaning.isdecimal() else 0
    topic = catalogue.TOPICS.get(number)
    asker = Asker.HOST if topic is not None and Asker.GUEST not in topic.askers else Asker.GUEST
    row = _conversation(prefilled, asker=asker, language=language, now=now)
    state = dialogue.resolve_topic(State(), Utterance(text), asker=asker)
    mentions = mentioned_details.read_mentions(row, text, now=now)
    noted = mentioned_details.of_topic(mentions, state.topic, row=row)
    row.given = dict(noted)
    findings = topic_lookup.collect_findings(row, state.topic, state.aspect).findings
    turn = dialogue.next_turn(
        state,
        Utterance(text, noted=mentioned_details.render(noted, zone=row.property.time_zone if row.property else "")),
        findings,
        asker=asker,
    )
    lines = [_(line.text) % line.values if line.values else _(line.text) for line in turn.lines]
    return {
        "topic": str(state.topic) if state.topic else None,
        "confidence": reading.confidence,
        "facts": list(findings.statements),
        "steps": list(findings.steps),
        "asks": _missing_details(turn, findings),
        "handover": turn.state.stage is Stage.HANDED_OVER or turn.state.is_collecting,
        "answer": "\n\n".join(lines) if text else _("Write in a sentence what happened."),
    }


def _conversation(prefilled: Prefill, *, asker: Asker, language: str, now: datetime) -> Conversation:
    """Returns a conversation as a page would begin it; it is not stored."""
    return Conversation(
        asker=asker,
        language=language,
        email=prefilled.email,
        known=dict(prefilled.details),
        host=prefilled.facts.host,
        property=prefilled.facts.property,
        charger=prefilled.facts.charger,
        session=prefilled.facts.session,
        proof=prefilled.facts.proof,
        opened_at=now,
    )


def _missing_details(turn: Turn, findings: Findings) -> list[str]:
    """Returns the codes of the details that a ticket still needs, each once."""
    missing = [detail for requirement in dialogue.missing(turn.state, findings) for detail in requirement.any_of]
    return list(dict.fromkeys(_ASKED_AS.get(detail, detail).value for detail in missing))


def _describe_answer(answer: dict[str, Any]) -> str:
    topic = catalogue.TOPICS[int(answer["topic"])].title if answer["topic"] else "No topic"
    asks = ", ".join(answer["asks"]) or "nothing"
    return f"{topic} ({answer['confidence']})\n\n{answer['answer']}\n\nStill to be asked: {asks}"
