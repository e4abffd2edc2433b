"""`manage.py ask`: the assistant on one sentence, without a conversation."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Session
from chargers.lib import ids
from chargers.models import Charger
from support.assistant import dialogue, symptoms
from support.assistant.dialogue import Stage, State, Words
from support.guest import looked_up, opening
from support.guest.opening import Known
from support.models import Conversation
from support.topics import catalogue
from support.topics.catalogue import Asker


class Command(BaseCommand):
    help = "Prints what the assistant would answer: the topic, what it finds, the steps, what it would still ask."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--station", default="", help="the Station ID at which the person stands")
        parser.add_argument("--session", default="", help="the id of the person's session")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        known = _known(options["station"], options["session"])
        with translation.override(options["language"]):
            found = _answer(options["text"], known, language=options["language"])
        self.stdout.write(json.dumps(found, ensure_ascii=False) if options["json"] else _in_words(found))


def _known(station: str, session: str) -> Known:
    """Raises CommandError (exit 2) for what is not there."""
    if session:
        rows = Session.objects.select_related("charger__property__host", "property", "host", "driver__user")
        key = ids.read(session)
        if (row := rows.filter(pk=key).first() if key else None) is None:
            raise CommandError("There is no such session.", returncode=2)
        return opening.of_session(row)
    if station:
        chargers = Charger.objects.select_related("property__host").filter(station_id=station, retired_at=None)
        if (charger := chargers.first()) is None:
            raise CommandError("There is no such station.", returncode=2)
        return opening.of_charger(charger)
    return Known()


def _answer(text: str, known: Known, *, language: str) -> dict[str, Any]:
    reading = symptoms.read(text)
    number = reading.topics[0] if reading.is_sure and reading.meaning.isdecimal() else 0
    topic = catalogue.TOPICS.get(number)
    asker = Asker.HOST if topic is not None and Asker.GUEST not in topic.askers else Asker.GUEST
    row = Conversation(
        asker=Asker.GUEST,
        language=language,
        email=known.email,
        known=dict(known.details),
        host=known.facts.host,
        property=known.facts.property,
        charger=known.facts.charger,
        session=known.facts.session,
        proof=known.facts.proof,
        opened_at=datetime.now(tz=UTC),
    )
    state = dialogue.understood(State(), Words(text), asker=asker)
    findings = looked_up.look(row, state.topic).findings
    turn = dialogue.turn(state, Words(text), findings, asker=asker)
    asks = [detail.value for one in dialogue.missing(turn.state, findings) for detail in one.any_of]
    is_person = reading.meaning == symptoms.PERSON
    return {
        "topic": str(number) if number else None,
        "confidence": reading.confidence,
        "facts": list(findings.statements),
        "steps": list(findings.steps),
        "asks": asks,
        "handover": is_person or turn.state.stage in {Stage.HANDED_OVER, Stage.ADDRESS} or turn.state.is_collecting,
        "answer": "\n\n".join(_(line.text) % line.values if line.values else _(line.text) for line in turn.lines),
    }


def _in_words(found: dict[str, Any]) -> str:
    topic = catalogue.TOPICS[int(found["topic"])].title if found["topic"] else "no topic"
    asks = ", ".join(found["asks"]) or "nothing"
    return f"{topic} ({found['confidence']})\n\n{found['answer']}\n\nStill to be asked: {asks}"
