"""The smallest messages that update what a partner holds. Pure."""

from dataclasses import dataclass
from typing import Any, Final

Body = dict[str, Any]
_MAX_PATCHES: Final = 3
"""With more changes, one PUT of the whole location is shorter than a PATCH for each EVSE."""


@dataclass(frozen=True, slots=True)
class Message:
    """A method, the parts of the object's URL after its party, and the body."""

    method: str
    parts: tuple[str, ...]
    body: Body | None = None


def of_location(body: Body, *, held_body: Body | None) -> list[Message]:
    """Returns PATCHes if the partner holds the previous version and only the status of some EVSEs differs;
    else a PUT.
    """
    changed = None if held_body is None else _changed_statuses(body, held_body)
    if not changed or len(changed) > _MAX_PATCHES:
        return [Message("PUT", (body["id"],), body)]
    return [
        Message("PATCH", (body["id"], evse["uid"]), {"status": evse["status"], "last_updated": evse["last_updated"]})
        for evse in changed
    ]


def of_object(body: Body) -> list[Message]:
    return [Message("PUT", (body["id"],), body)]


def deletion(body: Body) -> list[Message]:
    return [Message("DELETE", (body["id"],))]


def _changed_statuses(body: Body, held_body: Body) -> list[Body] | None:
    """Returns the EVSEs whose status differs; None if anything else does, too."""
    if _strip_status(body) != _strip_status(held_body):
        return None
    before = {evse["uid"]: evse for evse in held_body.get("evses", [])}
    return [evse for evse in body.get("evses", []) if evse["status"] != before[evse["uid"]]["status"]]


def _strip_status(body: Body) -> Body:
    evses = [
        {name: value for name, value in evse.items() if name not in {"status", "last_updated"}}
        for evse in body.get("evses", [])
    ]
    return {name: value for name, value in body.items() if name not in {"last_updated", "evses"}} | {"evses": evses}
