"""The history of a host's people, as sentences."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authorization.models import AuditEntry, Membership
from authorization.people import roles
from chargers.models import Host

_LIMIT: Final = 50
_SUBJECTS: Final = ("membership", "invitation", "access_grant")


@dataclass(frozen=True, slots=True)
class Change:
    """One act: who did what, phrased to follow "when"."""

    at: datetime
    actor: str
    sentence: str
    reason: str


def changes_of(host: Host) -> list[Change]:
    """Returns the changes, newest first. One query."""
    entries = AuditEntry.objects.filter(host=host, subject_type__in=_SUBJECTS).order_by("-at", "-id")
    return [
        Change(entry.at, entry.actor.partition(":")[2] or entry.actor, _sentence(entry), entry.reason)
        for entry in entries[:_LIMIT]
    ]


def _sentence(entry: AuditEntry) -> str:
    before, after, subject = entry.before or {}, entry.after or {}, entry.subject_label
    match entry.verb:
        case "invitation.made":
            return f"invited {subject} as {_role(after.get('role'))}"
        case "invitation.withdrawn":
            return f"withdrew the invitation of {subject}"
        case "invitation.taken":
            return f"joined as {_role(after['role'])}" if after.get("role") else "opened the account"
        case "membership.changed":
            return f"made {subject} {_role(after.get('role'))} (was {_role(before.get('role'))})"
        case "membership.removed":
            return f"took out {subject} (was {_role(before.get('role'))})"
        case "access_grant.made":
            return f"let in {subject} as {_kind(after.get('role'))} for {after.get('what', '')}"
        case "access_grant.extended":
            return f"extended the access of {subject}"
        case "access_grant.ended":
            return f"ended the access of {subject}"
        case _:
            return f"{entry.verb} {subject}"


def _role(role: object) -> str:
    return Membership.Role(role).label.lower() if role in Membership.Role.values else "nobody"


def _kind(role: object) -> str:
    return roles.grant_name(str(role)).lower()
