"""Explanations of failed handshakes and what to do next, worded the same for pages and documentation."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from chargers.models import Charger, FailedHandshake

Reason = FailedHandshake.Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """For people at the charger: what happened, and the steps to fix it, in order."""

    meaning: str
    steps: tuple[str, ...]


CATALOGUE: dict[Reason, Explanation] = {
    Reason.UNKNOWN_CHARGER: Explanation(
        "A charger knocked with an id that is not registered here, so nobody can be asked for a password.",
        (
            "Compare the id at the end of the charger's address with the id in the portal: capitals count.",
            "If the charger is new, add it with exactly this id.",
        ),
    ),
    Reason.WRONG_ADDRESS: Explanation(
        "Something that may be this charger tried an address that leads nowhere here.",
        (
            "Compare the whole address with the one in the portal: it ends in /ocpp/ and the charger's id.",
            "If the charger adds its id by itself, the address in its settings must end in /ocpp.",
        ),
    ),
    Reason.RETIRED: Explanation(
        "The charger was taken out of use in the portal, so it is not let in any more.",
        ("If it is in use again, add it under a new id, or ask support to bring it back.",),
    ),
    Reason.REPLACED: Explanation(
        "The hardware with this id was replaced in the portal and is no longer admitted.",
        (
            "Switch the old hardware off, or take this address out of its settings.",
            "If it hangs there again, choose Replace the hardware on the charger's Set-up page, and enter its id.",
            "At another place it needs another id: this one stays the station's.",
        ),
    ),
    Reason.NO_CREDENTIALS: Explanation(
        "The charger connected without a user name and password.",
        (
            "Enter the charger's id as user name and the password from the portal.",
            "If the charger asks for a security profile, choose 1 (ws://) or 2 (wss://).",
            "Lost the password? Set a new one by hand on this charger's Connection page.",
        ),
    ),
    Reason.WRONG_USER: Explanation(
        "The password came with a user name that is not the charger's id.",
        ("Enter exactly the charger's id as user name: the same text as at the end of the address.",),
    ),
    Reason.WRONG_PASSWORD: Explanation(
        "The id is known, the password does not fit.",
        (
            "Type the password again, without spaces before or after it.",
            "If nobody knows it any more, set a new one by hand on this charger's Connection page.",
        ),
    ),
    Reason.NO_SUBPROTOCOL: Explanation(
        "The charger proved who it is, but did not say which OCPP version it speaks (Sec-WebSocket-Protocol).",
        ("Choose OCPP 1.6 JSON, 2.0.1 or 2.1 in the charger's settings; OCPP 1.5 and SOAP cannot be used.",),
    ),
    Reason.UNKNOWN_SUBPROTOCOL: Explanation(
        "The charger proved who it is, but offered only OCPP versions that are not spoken here.",
        ("Choose OCPP 1.6 JSON, 2.0.1 or 2.1 in the charger's settings, or update its firmware.",),
    ),
    Reason.TOO_MANY_TRIES: Explanation(
        "So many wrong passwords came from one address that it must wait a minute. A right password is let in where "
        "the charger last connected from.",
        ("Correct the password in the charger, then wait a minute.",),
    ),
    Reason.NO_TLS: Explanation(
        "The charger's security profile asks for encryption, and it connected with ws:// instead of wss://.",
        (
            "Change the address in the charger to the one that begins with wss://.",
            "If the charger cannot encrypt, choose security profile 1 on its Connection page.",
            "Behind a reverse proxy: name the proxy in TRUSTED_PROXIES and let it send X-Forwarded-Proto.",
        ),
    ),
    Reason.BAD_TLS: Explanation(
        "Something reached the encrypted port, and no encryption could be agreed on; who it was is not known.",
        (
            "A charger with ws:// in its address must use wss:// on this port.",
            "A charger that does not know the authority of our certificate needs that root certificate installed.",
            "TLS 1.2 is the oldest version that is spoken here: update the charger's firmware if it is older.",
            "A wrong clock makes every certificate look invalid: set the charger's time.",
        ),
    ),
    Reason.NO_CERTIFICATE: Explanation(
        "The charger's security profile is 3, and it showed no client certificate.",
        (
            "Set the charger to security profile 2 here, let it connect and ask it to renew its certificate.",
            "Choose profile 3 when the certificate is installed.",
            "Behind a reverse proxy: let the proxy ask for client certificates and pass them on.",
        ),
    ),
    Reason.FOREIGN_CERTIFICATE: Explanation(
        "The charger showed a certificate that another authority has signed, such as its manufacturer.",
        ("Let the charger connect with profile 2 once and ask it to renew its certificate: we sign the new one.",),
    ),
    Reason.EXPIRED_CERTIFICATE: Explanation(
        "The charger's certificate has ended, or has not begun yet.",
        (
            "Set the charger to security profile 2 here, let it connect, and ask it to renew its certificate.",
            "Check the charger's clock: certificates are asked for and shown by it.",
        ),
    ),
    Reason.REVOKED_CERTIFICATE: Explanation(
        "The certificate was revoked here: a charger that presents it is refused.",
        ("If the charger is in good hands, let it connect with profile 2 and ask it for a new certificate.",),
    ),
    Reason.WRONG_CERTIFICATE: Explanation(
        "The certificate is good, but its name (CN) or organisation (O) is not this charger's.",
        ("Install the certificate that was signed for this charger: the CN is its id, with the same capitals.",),
    ),
    Reason.TOO_LARGE: Explanation(
        "The charger connected, sent one message of more than 4 MiB, and the connection was closed with code 1009.",
        (
            "Nothing is to be done where it connects again: it is asked for a smaller report from now on.",
            "If it goes on, ask the manufacturer for firmware that splits reports (OCPP 2.0.1 B08, NotifyReport tbc).",
        ),
    ),
    Reason.FLOODED: Explanation(
        "The charger sent thousands of messages without waiting for their answers, and the connection was closed with "
        "code 1008 so that other chargers are not slowed down.",
        (
            "Look into its log for the message that repeats, and restart the charger.",
            "If it goes on, ask the manufacturer for firmware that waits for each answer (OCPP-J 1.6 4.1.1).",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed handshake with its explanation."""

    row: FailedHandshake

    @property
    def title(self) -> str:
        return self.row.get_reason_display()

    @property
    def explanation(self) -> Explanation:
        return CATALOGUE[Reason(self.row.reason)]


def of_charger(charger: Charger, *, since: datetime, limit: int = 10) -> list[Failure]:
    """Returns failures with the charger's id, those of hardware that was replaced here, and failed encryption from
    its last address. Newest first.
    """
    is_own = Q(presented_id=charger.charger_id) | Q(charger=charger, reason=Reason.REPLACED)
    if charger.connected_from:
        is_own |= Q(reason=Reason.BAD_TLS, source=charger.connected_from)
    return [Failure(row) for row in FailedHandshake.objects.filter(is_own, at__gte=since).order_by("-at")[:limit]]


def too_large(charger: Charger, *, source: str, now: datetime) -> None:
    """Records that a message exceeded the gateway's limit."""
    FailedHandshake.objects.create(
        charger=charger,
        presented_id=charger.charger_id,
        source=source[:45],
        reason=Reason.TOO_LARGE,
        detail="A message of more than 4 MiB: the connection was closed with code 1009.",
        at=now,
    )


def record_flooding(charger: Charger, *, source: str, now: datetime) -> None:
    """Records that the charger's connection was closed because it flooded the gateway."""
    FailedHandshake.objects.create(
        charger=charger,
        presented_id=charger.charger_id,
        source=source[:45],
        reason=Reason.FLOODED,
        detail="Too many messages without waiting for their answers: the connection was closed with code 1008.",
        at=now,
    )


def times_too_large(charger: Charger, *, since: datetime) -> int:
    """Returns how often a message of the charger was too large."""
    return FailedHandshake.objects.filter(charger=charger, reason=Reason.TOO_LARGE, at__gte=since).count()


def unknown(*, since: datetime) -> QuerySet[FailedHandshake]:
    """Returns failed handshakes of ids that are still not registered."""
    registered = Charger.objects.values("charger_id")
    handshakes = FailedHandshake.objects.filter(reason=Reason.UNKNOWN_CHARGER, at__gte=since)
    return handshakes.exclude(presented_id__in=registered)
