"""Reports of chargers (firmware, logs, security, limits, values): stored, looked up and formatted.

A report is a `ChargerEvent`: a readable sentence, the charger's name for the state, and the whole payload.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from chargers.models import Charger, ChargerEvent, Deviation, EventStream, MeterValue

Topic = ChargerEvent.Topic
MAX_RECENT = 200
RESTARTS_ARE_MANY = 3
_MAX_TEXT = 255
_SAME_REPORT = timedelta(hours=1)
_MAX_STEPS = 20

FINAL_STATES = frozenset(
    (
        "Idle", "Installed", "DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature",
        "Published", "PublishFailed", "InvalidChecksum", "Uploaded", "UploadFailed", "UploadFailure", "BadMessage",
        "PermissionDenied", "NotSupportedOperation", "AcceptedCanceled",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A report. `summary` is a readable sentence; `at` is the stated time if it is plausible."""

    kind: str
    topic: str
    summary: str
    at: datetime
    payload: Any = None
    state: str = ""
    request_id: int | None = None
    evse_number: int | None = None
    transaction_ref: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a report in parts: its sequence number, and its number of entries."""

    number: int
    entries: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The terms of a periodic event stream (OCPP 2.1 N11)."""

    stream_id: int
    monitor_id: int | None
    interval_s: int | None


@dataclass(frozen=True, slots=True)
class StreamValue:
    """A value of a stream, as text, with the charger's time."""

    at: datetime
    value: str


def record(charger: Charger, facts: ReportFacts, *, now: datetime) -> ChargerEvent:
    """Stores a report. One with the same words and stated time is a repeat and counts once."""
    if facts.at != now and (event := _find_repeated_event(charger, facts)):
        return event
    return ChargerEvent.objects.create(
        charger=charger,
        kind=facts.kind[:40],
        topic=facts.topic,
        state=facts.state[:60],
        request_id=facts.request_id,
        evse_number=facts.evse_number,
        transaction_ref=facts.transaction_ref[:_MAX_TEXT],
        summary=facts.summary[:_MAX_TEXT],
        payload={} if facts.payload is None else facts.payload,
        at=facts.at,
        received_at=now,
    )


def record_part(charger: Charger, facts: ReportFacts, *, part: Part, now: datetime) -> ChargerEvent:
    """Stores a report in several parts as one row, whose `state` is `Receiving` until the last part.

    A part after the last one, or an hour later, begins a new report; a repeated part counts once.
    """
    events = ChargerEvent.objects.filter(
        charger=charger, kind=facts.kind[:40], request_id=facts.request_id, received_at__gt=now - _SAME_REPORT
    )
    row = events.order_by("-id").first()
    parts: dict[str, int] = dict(row.payload.get("parts", {})) if row else {}
    if row and str(part.number) in parts:
        return row
    if row and row.state == "Complete":
        row, parts = None, {}
    parts[str(part.number)] = part.entries
    follow = ", complete" if part.is_last else ", more follow"
    state = "Complete" if part.is_last else "Receiving"
    count = f"{len(parts)} {'part' if len(parts) == 1 else 'parts'}"
    words = f"{facts.summary}: {sum(parts.values())} reported in {count}{follow}"
    if row is None:
        return record(charger, replace(facts, summary=words, state=state, payload={"parts": parts}), now=now)
    row.summary, row.state, row.payload = words[:_MAX_TEXT], state, {"parts": parts}
    row.save(update_fields=["summary", "state", "payload"])
    return row


def open_stream(charger: Charger, facts: StreamFacts, *, now: datetime) -> EventStream:
    """Opens a stream and deletes the values of an earlier one with its number; the journal still has them."""
    stream, _ = EventStream.objects.update_or_create(
        charger=charger,
        stream_id=facts.stream_id,
        defaults={
            "monitor_id": facts.monitor_id,
            "interval_s": facts.interval_s,
            "opened_at": now,
            "closed_at": None,
            "count": 0,
            "recent": [],
            "pending": None,
        },
    )
    return stream


def close_stream(charger: Charger, *, stream_id: int, now: datetime) -> None:
    """Closes a stream; its newest values stay."""
    EventStream.objects.filter(charger=charger, stream_id=stream_id, closed_at=None).update(closed_at=now)


def record_values(
    charger: Charger, values: Sequence[StreamValue], *, stream_id: int, pending: int | None
) -> EventStream:
    """Stores values of a stream, even if its opening was missed. Repeated values count once.

    Values older than all stored ones are taken for repeats.
    """
    stream, _ = EventStream.objects.get_or_create(charger=charger, stream_id=stream_id)
    recent = {tuple(pair) for pair in stream.recent}
    oldest = min(recent) if len(recent) == MAX_RECENT else ("", "")
    pairs = list(
        dict.fromkeys((stream_value.at.isoformat(), stream_value.value[:_MAX_TEXT]) for stream_value in values)
    )
    new_pairs = [pair for pair in pairs if pair not in recent and pair > oldest]
    merged = sorted([*(tuple(pair) for pair in stream.recent), *new_pairs])[-MAX_RECENT:]
    stream.recent = [list(pair) for pair in merged]
    stream.count += len(new_pairs)
    stream.pending = pending
    if merged:
        stream.last_at, stream.last_value = datetime.fromisoformat(merged[-1][0]), merged[-1][1]
    stream.save(update_fields=["recent", "count", "pending", "last_at", "last_value"])
    return stream


def page(charger: Charger, *, topic: str, before: int | None, size: int) -> list[ChargerEvent]:
    """Returns the next `size` reports older than the key, newest first by receipt."""
    events = ChargerEvent.objects.filter(charger=charger)
    if topic:
        events = events.filter(topic=topic)
    if before is not None:
        events = events.filter(pk__lt=before)
    return list(events.order_by("-id")[:size])


def newest_run(charger: Charger, *, topic: str) -> list[ChargerEvent]:
    """Returns the steps of the newest firmware update or upload, newest first. One query."""
    return run(page(charger, topic=topic, before=None, size=_MAX_STEPS))


def run(newest_first: Sequence[ChargerEvent]) -> list[ChargerEvent]:
    """Returns the reports of one request: the newest, and earlier ones with the same request id and action.

    Without request ids (OCPP 1.6), a final state ends the previous request.
    """
    steps: list[ChargerEvent] = []
    for event in newest_first:
        if steps and (event.request_id, event.kind) != (steps[0].request_id, steps[0].kind):
            break
        if steps and event.request_id is None and event.state in FINAL_STATES:
            break
        steps.append(event)
    return steps


def restarts(charger: Charger, *, since: datetime) -> int:
    """Returns how often the charger booted since then."""
    return ChargerEvent.objects.filter(charger=charger, kind="BootNotification", at__gte=since).count()


def open_streams(charger: Charger) -> QuerySet[EventStream]:
    """Returns running and ended streams, newest first."""
    return EventStream.objects.filter(charger=charger).order_by("-last_at", "stream_id")


def newest_reading(charger: Charger) -> MeterValue | None:
    """Returns the last reported energy register, within or outside a transaction."""
    return MeterValue.objects.filter(charger=charger, register_wh__isnull=False).order_by("-at").first()


def for_manufacturer(charger: Charger, deviations: Sequence[Deviation]) -> str:
    """Returns a text for the charger's maker: plain, one paragraph per deviation, times in UTC."""
    product_name = f"{charger.vendor} {charger.model}".strip() or "not reported"
    lines = [
        f"Charger: {product_name}, serial number {charger.serial_number or 'not reported'}",
        f"Firmware: {charger.firmware_version or 'not reported'}, OCPP {charger.ocpp_version or 'not reported'}",
        "Its messages differ from the standard in these points:",
    ]
    for number, deviation in enumerate(deviations, start=1):
        field = f", field {deviation.path}" if deviation.path else ""
        lines += [
            "",
            f"{number}. {deviation.action}{field} (firmware {deviation.firmware_version or 'not reported'})",
            f"   {deviation.sentence}",
            f"   Seen {deviation.count} times, from {_utc(deviation.first_at)} to {_utc(deviation.last_at)}.",
        ]
    return "\n".join(lines)


def _find_repeated_event(charger: Charger, facts: ReportFacts) -> ChargerEvent | None:
    same = ChargerEvent.objects.filter(charger=charger, at=facts.at, kind=facts.kind[:40], state=facts.state[:60])
    return same.filter(summary=facts.summary[:_MAX_TEXT], request_id=facts.request_id).first()


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
