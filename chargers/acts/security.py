"""User actions on a charger's authentication: security profile, password, certificates."""

from datetime import datetime
from functools import partial

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.models import Certificate, Charger, Command
from chargers.security import certificates, passwords


def set_profile(charger: Charger, *, profile: int, by: User | ApiKey, now: datetime) -> None:
    """Sets the security profile that the charger must meet at its next connection. Raises NotAllowedError."""
    access.require_at(by, Right.CONNECT, charger)
    before = {"profile": charger.security_profile}
    with transaction.atomic():
        Charger.objects.filter(pk=charger.pk).update(security_profile=profile)
        verb = "charger.security_profile_changed"
        audit.write(verb, subject.of_charger(charger), user=by, now=now, before=before, after={"profile": profile})
    charger.security_profile = profile


def send_password(charger: Charger, *, by: User | ApiKey, now: datetime) -> None:
    """Sends the charger a new password; the old one is valid until the new one is used.

    Raises NotAllowedError, ChangeUnderWayError and OfflineError.
    """
    access.require_at(by, Right.CONNECT, charger)
    with transaction.atomic():
        passwords.begin(charger, origin=audit.actor(by), now=now)
        audit.write("charger.password_change_sent", subject.of_charger(charger), user=by, now=now)


def make_password(charger: Charger, *, by: User | ApiKey, now: datetime) -> str:
    """Makes a password to type into the charger; the old one is valid until it is used. Stored nowhere in clear.

    Raises NotAllowedError and ChangeUnderWayError.
    """
    access.require_at(by, Right.CONNECT, charger)
    after = {"old_password": "good until the new one is used"}
    with transaction.atomic():
        password = passwords.set_by_hand(charger, origin=audit.actor(by), now=now)
        audit.write("charger.password_set_by_hand", subject.of_charger(charger), user=by, now=now, after=after)
    return password


def replace_password(charger: Charger, *, by: User | ApiKey, now: datetime) -> str:
    """Makes a password to type into the charger; ends the old one and the connection at once.

    Raises NotAllowedError and ChangeUnderWayError.
    """
    access.require_at(by, Right.CONNECT, charger)
    after = {"old_password": "stopped at once"}
    with transaction.atomic():
        password = passwords.replace_at_once(charger, origin=audit.actor(by), now=now)
        audit.write("charger.password_set_by_hand", subject.of_charger(charger), user=by, now=now, after=after)
        transaction.on_commit(partial(queue.hang_up, charger.pk))
    return password


def withdraw_password(charger: Charger, *, by: User | ApiKey, now: datetime) -> None:
    """Withdraws a password that was not used yet: only the old one is valid. Raises NotAllowedError."""
    access.require_at(by, Right.CONNECT, charger)
    with transaction.atomic():
        if passwords.withdraw(charger, now=now):
            audit.write("charger.password_withdrawn", subject.of_charger(charger), user=by, now=now)


def renew_certificate(charger: Charger, *, by: User | ApiKey, now: datetime) -> Command:
    """Commands the charger to request a certificate. Raises NotAllowedError."""
    access.require_at(by, Right.CONNECT, charger)
    if charger.ocpp_version in {"", "1.6"}:
        action, message = "ExtendedTriggerMessage", "SignChargePointCertificate"
    else:
        action, message = "TriggerMessage", "SignChargingStationCertificate"
    with transaction.atomic():
        command = queue.request(
            charger, CommandRequest(action, {"requestedMessage": message}, audit.actor(by)), now=now
        )
        verb = "charger.certificate_asked_for"
        audit.write(verb, subject.of_charger(charger), user=by, now=now, after={"action": action})
    return command


def revoke_certificate(charger: Charger, certificate: Certificate, *, by: User | ApiKey, now: datetime) -> None:
    """Revokes a certificate of the charger and ends a connection that it opened. Raises NotAllowedError."""
    access.require_at(by, Right.CONNECT, charger)
    before = {"serial_number": certificate.serial_number}
    with transaction.atomic():
        if certificates.revoke(certificate, origin=audit.actor(by), now=now):
            audit.write("charger.certificate_revoked", subject.of_charger(charger), user=by, now=now, before=before)
            if charger.connected_by == Charger.Proof.CERTIFICATE:
                transaction.on_commit(partial(queue.hang_up, charger.pk))


def would_stay_out(charger: Charger, *, profile: int) -> str:
    """Returns what the charger still lacks for a profile, as a sentence."""
    if profile == 3 and not charger.certificates.filter(revoked_at=None, first_used_at__isnull=False).exists():
        return "It has not used a certificate of ours yet: until it does, it will not be let in."
    if profile == 2 and charger.connected_with_tls is False:
        return "It came without encryption so far: change its address to the one with wss://, or it will not be let in."
    return ""
