"""The certificates of chargers: requested, signed outside the flow, sent, used in handshakes, revoked.

The request's row is the source of truth; a task signs and sends what is due every few seconds.
"""

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.lib import batch
from chargers.models import Certificate, CertificateRequest, Charger, Command
from chargers.security import authority, csr
from chargers.sentences import stored
from chargers.sentences.credentials import CredentialCode
from chargers.sentences.stored import Sentences

logger = logging.getLogger(__name__)

State = CertificateRequest.State
ENDS_SOON = timedelta(days=30)
_MAX_TRIES = 3
_KEEP_TRYING = timedelta(days=2)


def request(charger: Charger, text: str, *, use: str, request_id: int | None, now: datetime) -> Sentences:
    """Stores a charger's request. Returns why it is rejected; empty if it will be signed.

    Costs one signature check and at most three queries; `sign_waiting` signs later.
    """
    fault = _fault(charger, text, use=use)
    request = CertificateRequest(
        charger=charger,
        csr=text,
        use=use[:40],
        request_id=request_id,
        asked_at=now,
        state=State.REJECTED if fault else State.WAITING,
        outcome_sentences=fault,
        ended_at=now if fault else None,
    )
    if not fault:
        newer = CertificateRequest.objects.filter(charger=charger, ended_at=None)
        newer.update(
            state=State.FAILED,
            ended_at=now,
            outcome_sentences=stored.build_sentence(CredentialCode.CERTIFICATE_ASKED_AGAIN),
        )
    request.save()
    return fault


def sign_waiting(*, now: datetime) -> int:
    """Signs waiting requests and returns their number. Simultaneous runs sign each request once."""
    waiting = CertificateRequest.objects.filter(state=State.WAITING)
    return batch.run_for_rows(waiting, lambda pk: _sign(pk, now=now), failure="could not be signed")


def _sign(request_pk: int, *, now: datetime) -> bool:
    """Signs a request; False if another worker does, or did."""
    with transaction.atomic():
        requests = CertificateRequest.objects.select_for_update(skip_locked=True, of=("self",))
        request = requests.select_related("charger").filter(pk=request_pk, state=State.WAITING).first()
        if request is None:
            return False
        request.certificate = authority.sign(request.charger, request.csr, now=now)
        request.state = State.SIGNED
        request.save(update_fields=["certificate", "state"])
    return True


def send_signed(*, now: datetime) -> int:
    """Sends signed certificates to online chargers, and repeats unanswered ones. Returns their number."""
    _take_back(now=now)
    waiting = CertificateRequest.objects.filter(state=State.SIGNED, charger__connection_id__isnull=False)
    return batch.run_for_rows(waiting, lambda pk: _send(pk, now=now), failure="could not be sent its certificate")


def _send(request_pk: int, *, now: datetime) -> bool:
    """Sends a certificate; False if another worker does, or did."""
    with transaction.atomic():
        requests = CertificateRequest.objects.select_for_update(skip_locked=True, of=("self",))
        request = requests.select_related("charger", "certificate").filter(pk=request_pk, state=State.SIGNED).first()
        if request is None or request.certificate is None:
            return False
        request.command = queue.request(request.charger, _command(request, request.certificate), now=now)
        request.state, request.tries = State.SENT, request.tries + 1
        request.save(update_fields=["command", "state", "tries"])
    return True


def record_installation(command_id: uuid.UUID, *, is_installed: bool, outcome: Sentences, now: datetime) -> None:
    """Records whether the charger installed the certificate."""
    CertificateRequest.objects.filter(command_id=command_id, ended_at=None).update(
        state=State.ACCEPTED if is_installed else State.REFUSED, outcome_sentences=outcome, ended_at=now
    )


def note_presented(fingerprint: str, *, now: datetime) -> None:
    """Stores the first use of a certificate, which is the effect of the command that sent it."""
    first = Certificate.objects.filter(fingerprint=fingerprint, first_used_at=None).update(first_used_at=now)
    if first:
        Command.objects.filter(
            pk__in=CertificateRequest.objects.filter(certificate__fingerprint=fingerprint).values("command_id"),
            effect_seen_at=None,
        ).update(effect_seen_at=now)


def revoke(certificate: Certificate, *, origin: str, now: datetime) -> bool:
    """Revokes a certificate; False if it already was. The caller must end a live connection."""
    return bool(
        Certificate.objects.filter(pk=certificate.pk, revoked_at=None).update(revoked_at=now, revoked_by=origin[:100])
    )


def end_for_replaced(charger: Charger, *, origin: str, now: datetime) -> int:
    """Revokes the certificates of hardware that was replaced, and ends its requests. Returns how many were revoked."""
    CertificateRequest.objects.filter(charger=charger, ended_at=None).update(
        state=State.FAILED, ended_at=now, outcome_sentences=stored.build_sentence(CredentialCode.CERTIFICATE_REPLACED)
    )
    valid = Certificate.objects.filter(charger=charger, revoked_at=None)
    return valid.update(revoked_at=now, revoked_by=origin[:100])


def list_expiring(now: datetime) -> QuerySet[Certificate]:
    """Returns certificates in use that expire within 30 days (or have expired) and have no newer replacement."""
    newer = Certificate.objects.filter(charger=OuterRef("charger"), revoked_at=None, valid_to__gt=OuterRef("valid_to"))
    used = Certificate.objects.filter(revoked_at=None, first_used_at__isnull=False, charger__retired_at=None)
    return used.filter(valid_to__lte=now + ENDS_SOON).filter(~Exists(newer))


def _fault(charger: Charger, text: str, *, use: str) -> Sentences:
    if use not in {"", "ChargingStationCertificate"}:
        return stored.build_sentence(CredentialCode.CERTIFICATE_USE, use=use)
    organization = settings.CHARGER_CERTIFICATE_ORGANIZATION
    if fault := csr.fault(text, csr.ExpectedRequest(charger.charger_id, organization)):
        return fault
    if authority.current() is None:
        return stored.build_sentence(CredentialCode.CERTIFICATE_NO_AUTHORITY)
    return ()


def _take_back(*, now: datetime) -> None:
    """Queues unanswered certificates again, a few times and for some days; after that they have failed."""
    lost = CertificateRequest.objects.filter(state=State.SENT).exclude(
        command__state__in=[Command.State.QUEUED, Command.State.SENT]
    )
    given_up = Q(tries__gte=_MAX_TRIES) | Q(asked_at__lt=now - _KEEP_TRYING)
    lost.filter(given_up).update(
        state=State.FAILED,
        ended_at=now,
        outcome_sentences=stored.build_sentence(CredentialCode.CERTIFICATE_NOT_ANSWERED),
    )
    lost.update(state=State.SIGNED)
    old = CertificateRequest.objects.filter(state=State.SIGNED, asked_at__lt=now - _KEEP_TRYING)
    old.update(
        state=State.FAILED, ended_at=now, outcome_sentences=stored.build_sentence(CredentialCode.CERTIFICATE_NOT_ONLINE)
    )


def _command(request: CertificateRequest, certificate: Certificate) -> CommandRequest:
    """Makes the command (OCPP 1.6 security whitepaper A02, OCPP 2.0.1 A02) with the leaf; the root is installed
    separately.
    """
    payload: dict[str, object] = {"certificateChain": certificate.certificate}
    if request.charger.ocpp_version not in {"", "1.6"}:
        payload["certificateType"] = "ChargingStationCertificate"
    if request.charger.ocpp_version == "2.1" and request.request_id is not None:
        payload["requestId"] = request.request_id
    return CommandRequest("CertificateSigned", payload, "system")
