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


def of_location(body: Body, *, held: Body | None) -> list[Message]:
    """Returns PATCHes if the partner holds the previous version and only the status of some EVSEs differs;
    else a PUT.
    """
    changed = None if held is None else _changed_statuses(body, held)
    if not changed or len(changed) > _MAX_PATCHES:
        return [Message("PUT", (body["id"],), body)]
    return [
        Message("PATCH", (body["id"], each["uid"]), {"status": each["status"], "last_updated": each["last_updated"]})
        for each in changed
    ]


def of_object(body: Body) -> list[Message]:
    return [Message("PUT", (body["id"],), body)]


def deletion(body: Body) -> list[Message]:
    return [Message("DELETE", (body["id"],))]


def _changed_statuses(body: Body, held: Body) -> list[Body] | None:
    """Returns the EVSEs whose status differs; None if anything else does, too."""
    if _strip_status(body) != _strip_status(held):
        return None
    before = {each["uid"]: each for each in held.get("evses", [])}
    return [each for each in body.get("evses", []) if each["status"] != before[each["uid"]]["status"]]


def _strip_status(body: Body) -> Body:
    evses = [
        {name: value for name, value in each.items() if name not in {"status", "last_updated"}}
        for each in body.get("evses", [])
    ]
    return {name: value for name, value in body.items() if name not in {"last_updated", "evses"}} | {"evses": evses}
