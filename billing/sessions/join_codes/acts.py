"""Join codes for residents and staff: made and stopped by the host, used by people, and answered by the host."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from authorization import audit
from authorization.members.acts import people as invitations
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.members import NewInvitation
from billing.models import Driver, Join, JoinCode
from billing.sessions.documents import outbox
from billing.sessions.join_codes import codes, joins
from billing.sessions.join_codes.codes import CodeError, WantedCode
from billing.sessions.join_codes.joins import Resident
from chargers.models import Host

_NO_KEY: Final = (
    "A key makes no code for a role of the portal: an owner makes it in the portal, under Settings > Join codes. "
    "Leave the role out to make a code for residents."
)


class KeyCannotInviteError(Exception):
    """An invitation to the portal needs a person, not an API key."""


@dataclass(frozen=True, slots=True)
class ApprovedPerson:
    """The accepted person; with the link of an invitation if the code was for a role in the portal."""

    join: Join
    invited: NewInvitation | None = None


def make(host: Host, code_spec: WantedCode, *, by: User | ApiKey, now: datetime) -> JoinCode:
    """Makes a code.

    Raises NotAllowedError and CodeError. A code for a role must be made by a person, who is accountable for it.
    """
    access.require(by, codes.right_of(code_spec.role), host)
    if code_spec.role and not isinstance(by, User):
        raise CodeError(_NO_KEY, field="role")
    with transaction.atomic():
        new_code = codes.make(host, code_spec, now=now)
        if isinstance(by, User):
            new_code.made_by = by
            new_code.save(update_fields=["made_by"])
        after = {
            "groups": [group.slug for group in code_spec.groups],
            "role": code_spec.role,
            "most": code_spec.most,
            "until": code_spec.ends_at.isoformat() if code_spec.ends_at else None,
            "needs_approval": new_code.needs_approval,
        }
        audit.write("join_code.made", _code(new_code), user=by, now=now, after=after)
    return new_code


def stop(code: JoinCode, *, by: User | ApiKey, now: datetime) -> bool:
    """Stops the code.

    People who joined stay; waiting requests can still be answered. False if it was stopped before. Raises
    NotAllowedError.
    """
    access.require(by, codes.right_of(code.role), code.host)
    with transaction.atomic():
        is_stopped = codes.stop(code, now=now)
        if is_stopped:
            audit.write("join_code.stopped", _code(code), user=by, now=now)
    return is_stopped


def join(code: JoinCode, driver: Driver, resident: Resident, *, now: datetime) -> Join:
    """Uses the code for a driver. Raises JoinError and uids.UidError."""
    with transaction.atomic():
        new_join = joins.join(code, driver, resident, now=now)
        subject = audit.Subject("driver", driver.pk, f"driver {driver.pk}", code.host)
        after = {"code": code.name, "uid": new_join.uid, "state": new_join.state}
        audit.write_of_driver("join.asked", subject, now=now, after=after)
    return new_join


def ask_for_role(code: JoinCode, *, name: str, email: str, note: str, now: datetime) -> Join:
    """Requests an invitation to the portal. Raises JoinError."""
    with transaction.atomic():
        role_request = joins.ask_for_role(code, name=name, email=email, note=note, now=now)
        if role_request.asked_at == now:
            audit.write(
                "join.asked", _join(role_request), user=None, now=now, after={"code": code.name, "role": code.role}
            )
    return role_request


def approve(join_request: Join, *, answer: str, by: User | ApiKey, now: datetime) -> ApprovedPerson:
    """Accepts the request; for a role it makes an invitation, which only its address can use.

    Raises NotAllowedError, AnsweredError, TakenError, PeopleError and KeyCannotInviteError.
    """
    code = join_request.code
    access.require(by, codes.right_of(code.role), code.host)
    if code.role and not isinstance(by, User):
        raise KeyCannotInviteError
    invited = None
    with transaction.atomic():
        approved_join = joins.approve(join_request.pk, answer=answer, now=now)
        if code.role and isinstance(by, User):
            invited = invitations.invite(code.host, email=approved_join.email, role=code.role, by=by, now=now)
        _note_answer(approved_join, "join.approved", by=by, now=now)
    return ApprovedPerson(approved_join, invited)


def decline(join_request: Join, *, answer: str, by: User | ApiKey, now: datetime) -> Join:
    """Declines the request. Raises NotAllowedError and AnsweredError."""
    access.require(by, codes.right_of(join_request.code.role), join_request.code.host)
    with transaction.atomic():
        declined_join = joins.decline(join_request.pk, answer=answer, now=now)
        _note_answer(declined_join, "join.declined", by=by, now=now)
    return declined_join


def remove(join_request: Join, *, by: User | ApiKey, now: datetime) -> bool:
    """Takes the person out of the code's groups. False if they were not in them. Raises NotAllowedError.

    A person who joined with a role is a member of the host and is removed under People.
    """
    access.require(by, codes.right_of(join_request.code.role), join_request.code.host)
    with transaction.atomic():
        is_removed = not join_request.code.role and joins.remove(join_request, now=now)
        if is_removed:
            join_request.refresh_from_db()
            _note_answer(join_request, "join.removed", by=by, now=now)
    return is_removed


def leave(join_request: Join, driver: Driver, *, now: datetime) -> bool:
    """Takes the driver out at their own wish. False if they had not joined."""
    with transaction.atomic():
        has_left = joins.remove(join_request, now=now)
        if has_left:
            subject = audit.Subject("driver", driver.pk, f"driver {driver.pk}", join_request.code.host)
            audit.write_of_driver(
                "join.left", subject, now=now, after={"code": join_request.code.name, "uid": join_request.uid}
            )
    return has_left


def _note_answer(join_request: Join, verb: str, *, by: User | ApiKey, now: datetime) -> None:
    """Records who answered, in the row and in the audit trail, and mails residents in their language."""
    if isinstance(by, User):
        join_request.answered_by = by
    else:
        join_request.answered_by_key = by
    join_request.save(update_fields=["answered_by", "answered_by_key"])
    after = {"code": join_request.code.name, "uid": join_request.uid, "answer": join_request.answer}
    audit.write(verb, _join(join_request), user=by, now=now, after=after)
    driver = Driver.objects.select_related("user").filter(user=join_request.user).first() if join_request.user else None
    if driver is not None:
        with translation.override(driver.language):
            subject, text = _render_answer_mail(join_request)
        outbox.queue_for_driver(
            driver, key=f"join:{join_request.pk}:{join_request.state}", subject=subject, text=text, now=now
        )


def _render_answer_mail(join_request: Join) -> tuple[str, str]:
    values = {"place": codes.describe_access(join_request.code), "card": join_request.uid}
    match join_request.state:
        case Join.State.JOINED:
            subject = _("You may charge at %(place)s") % values
            if join_request.uid:
                text = _("The host of %(place)s has let your charging card %(card)s in.") % values
            else:
                text = _("The host of %(place)s has let you in: scan the code on the charger and start.") % values
        case Join.State.REMOVED:
            subject = _("Your access at %(place)s has ended") % values
            text = _("The host of %(place)s has ended your access to its chargers.") % values
        case _:
            subject = _("You cannot join at %(place)s") % values
            text = _("The host of %(place)s has declined your request.") % values
    return subject, f"{text}\n\n{join_request.answer}".strip()


def _code(code: JoinCode) -> audit.Subject:
    return audit.Subject("join_code", code.pk, code.name, code.host)


def _join(join_request: Join) -> audit.Subject:
    """Returns the audit subject. Its label is not the person's name, which is erased with their account."""
    return audit.Subject("join", join_request.pk, f"join {join_request.pk}", join_request.code.host)
