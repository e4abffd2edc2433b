""" "Remember this car": the driver's consent to autocharge, by the session's unguessable link."""

from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from authorization.decide import vehicles
from authorization.decide.vehicles import Consent
from authorization.models import Vehicle
from billing.models import Session

BY_THE_DRIVER: Final = "the driver, by the link of the session"
CONSENT: Final = _(
    "I drive this car. It may start charging here by itself, at my cost, as soon as it is plugged in. I know that its "
    "number can be copied, and I can end this at any time."
)


def of_session(session: Session) -> Vehicle | None:
    """Returns the car that was paired by the session, or that began it."""
    return vehicles.of_transaction(session.transaction) if session.transaction else None


def context(session: Session) -> dict[str, Any]:
    """Returns the car for the session's page."""
    vehicle = of_session(session)
    asks = vehicle is not None and vehicle.state != Vehicle.State.SEEN and vehicle.consent_at is None
    return {"car": vehicle, "car_words": CONSENT, "asks_car": asks}


@require_POST
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """Records or withdraws the driver's consent; requires the link's secret. The consent text is stored verbatim."""
    session = Session.objects.select_related("transaction", "host").filter(secret=secret).first()
    car = of_session(session) if session else None
    if session is None or car is None or car.state == Vehicle.State.SEEN:
        raise Http404
    with transaction.atomic():
        locked = Vehicle.objects.select_for_update().get(pk=car.pk)
        if request.POST.get("do") == "forget":
            vehicles.withdraw(locked)
        elif request.POST.get("agreed"):
            vehicles.agree(locked, Consent(BY_THE_DRIVER, str(CONSENT)), now=_now())
    return redirect("guest:session", secret=secret)


def _now() -> datetime:
    return datetime.now(tz=UTC)
