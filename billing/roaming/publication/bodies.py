"""Bodies of objects: compared without their times, stamped where they differ, and without our own fields. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authorization.roaming.transport import times

Body = dict[str, Any]


def public(value: Any) -> Any:
    """Returns the value without our own fields, which begin with an underscore."""
    match value:
        case Mapping():
            return {name: public(member) for name, member in value.items() if not name.startswith("_")}
        case list():
            return [public(member) for member in value]
        case _:
            return value


def has_same_content(one_body: Any, other: Any) -> bool:
    """Whether both are equal, apart from when they were changed."""
    return bool(_strip_last_updated(one_body) == _strip_last_updated(other))


def stamp_last_updated(body: Body, previous: Body | None, *, now: datetime) -> Body:
    """Returns the body with its `last_updated`, and those of the EVSEs and connectors in a Location: each changes only
    if something in it differs, and then also in its parents (8.3.1).
    """
    evses = body.get("evses")
    if evses is None:
        return body | {"last_updated": _moment(body, previous, now=now)}
    before = {evse["uid"]: evse for evse in (previous or {}).get("evses", [])}
    stamped_evses = [_stamped_evse(evse, before.get(evse["uid"]), now=now) for evse in evses]
    stamped_body = body | {"evses": stamped_evses}
    return stamped_body | {"last_updated": _moment(stamped_body, previous, now=now)}


def with_removed(body: Body, previous: Body | None) -> Body:
    """Returns a Location with its former EVSEs as REMOVED, because OCPI deletes none (8.2.2)."""
    present = {evse["uid"] for evse in body["evses"]}
    removed_evses = [evse for evse in (previous or {}).get("evses", []) if evse["uid"] not in present]
    return body | {"evses": [*body["evses"], *(evse | {"status": "REMOVED"} for evse in removed_evses)]}


def _stamped_evse(body: Body, previous: Body | None, *, now: datetime) -> Body:
    before = {connector["id"]: connector for connector in (previous or {}).get("connectors", [])}
    connectors = [
        connector | {"last_updated": _moment(connector, before.get(connector["id"]), now=now)}
        for connector in body["connectors"]
    ]
    stamped_body = body | {"connectors": connectors}
    return stamped_body | {"last_updated": _moment(stamped_body, previous, now=now)}


def _moment(body: Body, previous: Body | None, *, now: datetime) -> str:
    if previous is not None and "last_updated" in previous and has_same_content(body, previous):
        return str(previous["last_updated"])
    return times.text(now)


def _strip_last_updated(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _strip_last_updated(member) for name, member in value.items() if name != "last_updated"}
        case list():
            return [_strip_last_updated(member) for member in value]
        case _:
            return value
