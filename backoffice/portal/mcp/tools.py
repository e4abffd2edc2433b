"""The assistant's tools: each reads the same stored facts and sentences as the portal, for the same viewer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Q
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from authorization.decide import reasons
from authorization.decide.reasons import Audience, Reason, links
from authorization.identifiers import uids
from authorization.insight import remedies
from authorization.insight.api import DecisionSerializer
from authorization.models import ApiKey, Decision
from authorization.people import access as people
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import MomentField, require_storable
from authorization.rest.bodies import Body
from backoffice.portal.attention import attention
from backoffice.portal.attention.api import row_facts
from backoffice.portal.search import finding
from billing import access
from billing.models import RateAssignment, Session
from billing.payouts.cycle import forecast, wording
from billing.payouts.payees import agreements
from billing.pricing.rates import resolver
from billing.pricing.rates.api.rates import VersionSerializer
from billing.pricing.rates.resolver import Payer
from billing.sessions.settlement.api.sessions import SessionSerializer, prefetch_newest
from chargers.api.chargers import ChargerSerializer
from chargers.fleet import hardware_swaps
from chargers.lib import ids
from chargers.models import Charger
from chargers.pages.frame import with_outlets
from support.diagnosis import api as diagnosis
from support.explain import charger_timeline, session_timeline, timeline
from support.explain.charger_timeline import Span
from support.explain.timeline import Moment

_ABSENT: Final = "There is no such {what} here, or your key may not see it."
_MAX_MOMENTS: Final = 100
_MAX_DECISIONS: Final = 50
_DEFAULT_DECISIONS: Final = 10


class NothingError(Exception):
    """The object is absent or another host's; the sentence is the same for both."""


class UnclearError(Exception):
    """The arguments are invalid; the message names each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool. `arguments` reads and documents its arguments."""

    name: str
    title: str
    about: str
    arguments: type[Body]
    facts: Callable[[ApiKey, dict[str, Any]], Mapping[str, Any]]

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "description": self.about,
            "inputSchema": _schema(self.arguments()),
            "annotations": {"title": self.title, "readOnlyHint": True, "openWorldHint": False},
        }

    def call(self, key: ApiKey, raw_arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Calls the tool. Returns JSON types only. Raises UnclearError and NothingError."""
        body = self.arguments(data=dict(raw_arguments))
        if unknown := sorted(set(raw_arguments) - set(body.fields)):
            raise UnclearError(f"Unknown: {', '.join(unknown)[:200]}. {self.name} takes {', '.join(body.fields)}.")
        if not body.is_valid():
            raise UnclearError(f"These arguments cannot be read: {json.dumps(body.errors, cls=JSONEncoder)[:1000]}")
        facts: dict[str, Any] = json.loads(json.dumps(self.facts(key, body.validated_data), cls=JSONEncoder))
        return facts


def _text_field(description: str, *, required: bool = False) -> serializers.CharField:
    return serializers.CharField(
        max_length=200, required=required, validators=[require_storable], help_text=description
    )


class FindArguments(Body):
    query = _text_field("A number, name, id, card, reference, amount, e-mail address or page.", required=True)


class ChargerArguments(Body):
    charger = _text_field("The charger's id, or the station id on its label.", required=True)
    hours = serializers.IntegerField(
        required=False, default=24, min_value=1, max_value=168, help_text="How far back its timeline goes."
    )


class DecisionArguments(Body):
    charger = _text_field("A charger's id or station id.")
    uid = _text_field("A card's number in any notation.")
    verdict = serializers.ChoiceField(choices=Decision.Verdict.values, required=False)
    since = MomentField(required=False, help_text="ISO 8601 with its offset.")
    limit = serializers.IntegerField(
        required=False,
        default=_DEFAULT_DECISIONS,
        min_value=1,
        max_value=_MAX_DECISIONS,
        help_text="How many at most.",
    )


class RefusalArguments(Body):
    decision = serializers.UUIDField(required=False, help_text="A decision's id, if it is known.")
    uid = _text_field("Else the card's number in any notation.")
    charger = _text_field("And the charger's id or station id, to look there only.")


class SessionArguments(Body):
    session = serializers.UUIDField(
        help_text="The session's id: `find` has it for a receipt, a card or last four digits."
    )


class PayoutArguments(Body):
    payout = _text_field("A payout's id or number, such as P-000012. Left out: the next payout, and why it is less.")
    host = _text_field("The host's slug: only for keys that see several hosts.")


class AttentionArguments(Body):
    property = _text_field("The property's slug, to see that one only.")


class RateArguments(Body):
    charger = _text_field("The charger's id or station id.", required=True)
    audience = serializers.ChoiceField(choices=RateAssignment.Audience.values, required=False, help_text="Else all.")
    connector = serializers.IntegerField(
        required=False, min_value=1, max_value=1000, help_text="Else the whole charger."
    )


def _find(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    hits = finding.find(key, arguments["query"])
    return {"results": [hit.described() | {"url": _page(hit.url)} for hit in hits]}


def _charger_state(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    charger, at = _charger(key, arguments["charger"]), now()
    span = Span(at - timedelta(hours=arguments["hours"]), at + timedelta(minutes=1))
    sources = (*charger_timeline.HARDWARE, *charger_timeline.PEOPLE)
    needs = [row for row in _attention(key) if row["subject"] == f"charger:{charger.charger_id}"]
    return {
        "charger": ChargerSerializer(charger).data,
        "needs_attention": needs,
        "diagnosis": diagnosis.of_charger(charger, now=at),
        "timeline": _moments(charger_timeline.moments_of(charger, span, sources=sources)),
        "time_zone": charger.property.time_zone,
        "url": _page(links.charger(charger.charger_id)),
    }


def _decisions(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    rows = people.decisions(key).select_related("charger__property", "token")
    if name := arguments.get("charger"):
        rows = rows.filter(charger=_charger(key, name))
    if uid := arguments.get("uid"):
        rows = rows.filter(canonical_uid=uids.from_wire(uid) or uid)
    if verdict := arguments.get("verdict"):
        rows = rows.filter(verdict=verdict)
    if since := arguments.get("since"):
        rows = rows.filter(id__gte=ids.floor(since))
    return {"decisions": [_decision(row) for row in rows.order_by("-id")[: arguments["limit"]]]}


def _why_refused(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    rows = people.decisions(key).select_related("charger__property", "token")
    if arguments.get("decision"):
        rows = rows.filter(pk=arguments["decision"])
    elif arguments.get("uid") or arguments.get("charger"):
        rows = rows.filter(verdict=Decision.Verdict.REFUSED)
        if uid := arguments.get("uid"):
            rows = rows.filter(canonical_uid=uids.from_wire(uid) or uid)
        if name := arguments.get("charger"):
            rows = rows.filter(charger=_charger(key, name))
    else:
        raise UnclearError("Name a decision, a card's uid or a charger.")
    decision = rows.order_by("-id").first()
    if decision is None:
        raise NothingError(_ABSENT.format(what="refusal"))
    return _decision(decision) | {"trace": DecisionSerializer(decision).data["trace"]}


def _session(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    rows = access.sessions(key).filter(pk=arguments["session"])
    together = ("host", "property", "charger__property", "transaction__charger__property", "driver__user")
    session: Session | None = rows.select_related(*together).first()
    if session is None:
        raise NothingError(_ABSENT.format(what="session"))
    return {
        "session": SessionSerializer(prefetch_newest(rows).get()).data,
        "diagnosis": diagnosis.of_session(session, now=now()),
        "timeline": _moments(session_timeline.moments_of(timeline.load(session))),
        "time_zone": session.property.time_zone,
        "url": _page(f"/sessions/{session.pk}/"),
    }


def _payout(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    name = arguments.get("payout", "")
    if not name:
        return {"next": _forecasts(key, arguments.get("host", ""))}
    rows = access.payouts(key).select_related("host", "property", "agreement")
    payout = next((row for row in rows.filter(_match_payout(name))[:1]), None)
    if payout is None:
        raise NothingError(_ABSENT.format(what="payout"))
    return {"payout": wording.facts(payout), "url": _page(f"/payouts/one/{payout.pk}/")}


def _forecasts(key: ApiKey, slug: str) -> list[dict[str, Any]]:
    hosts = people.hosts_with(key, Right.SEE_MONEY)
    hosts = hosts.filter(slug=slug) if slug else hosts
    few = list(hosts.order_by("pk")[:2])
    if not few:
        raise NothingError(_ABSENT.format(what="host"))
    if len(few) > 1:
        raise UnclearError("This key sees several hosts: say whose payout, by “host”.")
    at = now()
    forecasts = [forecast.calculate(scope, now=at) for scope in agreements.scopes(few[0], at=at)]
    return [forecast.facts(payout_forecast) for payout_forecast in forecasts if payout_forecast is not None]


def _needs_attention(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    slug = arguments.get("property")
    return {"results": [row for row in _attention(key) if not slug or row["property"] == slug]}


def _rates_of(key: ApiKey, arguments: dict[str, Any]) -> dict[str, Any]:
    charger, at = _charger(key, arguments["charger"]), now()
    requested_audience = arguments.get("audience")
    audiences = [requested_audience] if requested_audience else list(RateAssignment.Audience.values)
    return {
        "charger": charger.charger_id,
        "rates": [_rate(charger, audience, connector=arguments.get("connector"), at=at) for audience in audiences],
        "time_zone": charger.property.time_zone,
    }


def _rate(charger: Charger, audience: str, *, connector: int | None, at: Any) -> dict[str, Any]:
    payer = Payer(audience=audience, token_id=None, evse_number=connector)
    resolved = resolver.resolve(charger, driver=payer, at=at)
    version = resolved.version
    return {
        "audience": audience,
        "rate": version.rate.name if version else None,
        "currency": version.rate.currency if version else None,
        "version": VersionSerializer(version).data if version else None,
        "reason": resolved.reason,
        "beaten": list(resolved.beaten),
        "url": _page(f"/rates/{version.rate_id}/") if version else None,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    reason = reasons.CATALOGUE.get(decision.reason)
    return {
        "id": str(decision.pk),
        "at": decision.at,
        "kind": decision.kind,
        "charger": decision.charger.charger_id,
        "uid": decision.uid,
        "verdict": decision.verdict,
        "explanation": _explain_decision(decision, reason) if reason else None,
        "url": _page(f"{links.DECISIONS}{decision.pk}/"),
    }


def _explain_decision(decision: Decision, reason: Reason) -> dict[str, Any]:
    """Returns the explanation that the portal's "Why?" shows to a host."""
    charger = decision.charger
    values = {
        "charger_id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
        "uid": decision.uid,
    }
    failed = [line["step"] for line in decision.trace if line["outcome"] == "failed"]
    return {
        "code": reason.code,
        "title": reason.title,
        "decided_by": decision.decided_by or "us",
        "who": [remedy.value for remedy in reason.remedies],
        "step": failed[-1] if failed else None,
        "meaning": reason.host.meaning,
        "next": [
            {"text": step.text, "url": _page(links.fill(step.link, values)) if step.link else None}
            for step in remedies.steps(reason, Audience.HOST, uid=decision.uid)
        ],
        "put_right_since": remedies.done_since(decision, now=now()) or None,
    }


def _attention(key: ApiKey) -> list[dict[str, Any]]:
    attention_list = attention.for_viewer(key, now=now())
    rows = [
        row_facts(row) | {"url": _page(row.subject.href)} for row in (*attention_list.rows, *attention_list.snoozed)
    ]
    for row in rows:
        row["causes"] = [
            cause | {"fix_url": _page(cause["fix_url"]) if cause["fix_url"] else ""} for cause in row["causes"]
        ]
    return rows


def _charger(key: ApiKey, name: str) -> Charger:
    """Returns the charger with this id, else with this station id, else the one that had the id before its hardware was
    replaced.
    """
    rows = people.chargers(key).select_related("property__host", "unit", "licence").prefetch_related("tags")
    rows = rows.prefetch_related(*with_outlets(now()))
    charger = rows.filter(charger_id=name).first() or rows.filter(station_id__iexact=name).first()
    charger = charger or hardware_swaps.find_by_former_id(rows, name)
    if charger is None:
        raise NothingError(_ABSENT.format(what="charger"))
    return charger


def _match_payout(name: str) -> Q:
    """Matches a payout by id, or by its displayed number."""
    try:
        return Q(pk=serializers.UUIDField().to_internal_value(name))
    except serializers.ValidationError:
        digits = name.upper().removeprefix("P-")
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 9
        return Q(number=int(digits)) if is_number else Q(pk__in=())


def _moments(moments: list[Moment]) -> list[dict[str, Any]]:
    """Returns the newest moments, in order."""
    return [
        {
            "at": moment.at,
            "kind": moment.kind,
            "sentence": str(moment.sentence),
            "source": str(moment.source),
            "detail": moment.detail,
        }
        for moment in moments[-_MAX_MOMENTS:]
    ]


def _page(path: str) -> str:
    return urljoin(settings.PUBLIC_BASE_URL + "/", path)


def _schema(body: serializers.Serializer[Any]) -> dict[str, Any]:
    """Returns the JSON schema of a tool's arguments, made from the fields that read them."""
    fields = {name: _property(field) for name, field in body.fields.items()}
    required = [name for name, field in body.fields.items() if field.required]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _property(field: Any) -> dict[str, Any]:
    annotation = {"description": str(field.help_text)} if field.help_text else {}
    match field:
        case serializers.ChoiceField():
            return {"type": "string", "enum": list(field.choices)} | annotation
        case serializers.IntegerField():
            limits = {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
            return limits | ({"default": field.default} if isinstance(field.default, int) else {}) | annotation
        case serializers.UUIDField():
            return {"type": "string", "format": "uuid"} | annotation
        case serializers.DateTimeField():
            return {"type": "string", "format": "date-time"} | annotation
    return {"type": "string", "minLength": 1, "maxLength": field.max_length} | annotation


_TOOLS: Final = (
    Tool(
        name="find",
        title="Search everywhere",
        about="Chargers, sessions, receipts, cards, people, payouts, rates and pages, by whatever is known of them.",
        arguments=FindArguments,
        facts=_find,
    ),
    Tool(
        name="charger_state",
        title="How a charger is",
        about="Whether it is online, how each connector is, what needs somebody and since when, and its timeline.",
        arguments=ChargerArguments,
        facts=_charger_state,
    ),
    Tool(
        name="decisions",
        title="Decisions about cards",
        about="Who was accepted or refused, where and why, newest first.",
        arguments=DecisionArguments,
        facts=_decisions,
    ),
    Tool(
        name="why_refused",
        title="Why a card was refused",
        about="The newest refusal of a card or at a charger: the reason's code, who can put it right, the step that "
        "refused, what it means, what to do next, and every step that was checked.",
        arguments=RefusalArguments,
        facts=_why_refused,
    ),
    Tool(
        name="session",
        title="A charging session",
        about="What was charged, what it costs and why, line by line, how it was paid, why the car does not charge or "
        "stopped, with the evidence and the power over time, and its timeline.",
        arguments=SessionArguments,
        facts=_session,
    ),
    Tool(
        name="payout_explained",
        title="A payout, explained",
        about="From what was charged to what the bank receives, row by row; when, and why then. Without a payout: the "
        "next one, with what is owed and not in it.",
        arguments=PayoutArguments,
        facts=_payout,
    ),
    Tool(
        name="attention",
        title="What needs attention",
        about="Everything that is broken or waits for somebody, the most money and drivers at stake first, each with "
        "since when and its fix.",
        arguments=AttentionArguments,
        facts=_needs_attention,
    ),
    Tool(
        name="rates_of",
        title="Rates at a charger",
        about="Which rate each audience pays at a charger now, what it says, and why this one.",
        arguments=RateArguments,
        facts=_rates_of,
    ),
)
ALL: Final[Mapping[str, Tool]] = {tool.name: tool for tool in _TOOLS}
