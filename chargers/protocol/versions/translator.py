"""Shared parts of the translators of all versions: calls become events by the version's table; times for answers.

Pure.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from chargers.protocol import schemas
from chargers.protocol.events import Deviation, Event, Misfit, Understood
from chargers.protocol.fields import MissingFieldError, Reader, Zone
from chargers.protocol.frames import Fault, Payload, Version
from chargers.protocol.schemas import PayloadPart, Sender

Table = Mapping[str, Callable[[Payload, Reader], Event]]


def read(
    action: str, payload: Payload, *, version: Version, table: Table, now: datetime, zone: Zone | None
) -> Understood | Misfit:
    """Translates a charger's call. In understandable calls, differences from the schema become deviations.

    `zone` is the known zone of the charger's clock, and learns from the times in the call.
    """
    if action not in schemas.all_actions(version):
        return Misfit(Fault.NOT_IMPLEMENTED, "", f"OCPP {version} has no action {action[:60]}.")
    if action not in schemas.actions(version=version, sender=Sender.CHARGER):
        return Misfit(Fault.NOT_SUPPORTED, "", f"{action} is sent by the central system, not by a charger.")
    understand = table.get(action)
    if understand is None:
        return Misfit(Fault.NOT_SUPPORTED, "", f"{action} is not supported here.")
    violations = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)
    reader = Reader(now, zone or Zone())
    try:
        event = understand(payload, reader)
    except MissingFieldError as exc:
        return _build_misfit(exc.path, violations)
    if not violations and not reader.deviations:
        return Understood(event)
    noted_paths = {deviation.path for deviation in reader.deviations}
    of_schema = (
        Deviation(violation.path, violation.sentence) for violation in violations if violation.path not in noted_paths
    )
    return Understood(event, (*of_schema, *reader.deviations))


def stamp(at: datetime) -> str:
    """Formats a time as RFC 3339 in UTC with milliseconds, which chargers read best."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _build_misfit(path: str, violations: tuple[schemas.Violation, ...]) -> Misfit:
    for violation in violations:
        if path == violation.path or path.startswith(f"{violation.path}."):
            return Misfit(violation.fault, violation.path, violation.sentence)
    return Misfit(Fault.PROPERTY, path, f"{path} is empty or makes no sense: write it.")
