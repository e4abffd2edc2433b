"""Residents who start on their phone: which of a driver's tokens at a host opens a charger."""

from datetime import datetime

from authorization.decide import decisions
from authorization.models import Token
from billing.models import Driver
from billing.sessions.join_codes.joins import APP_PREFIX, APP_TYPE
from chargers.models import Charger


def token_at(driver: Driver, charger: Charger, *, now: datetime) -> Token | None:
    """Returns the token by which this driver may start at the charger now, or None.

    One query, and a dry run for each token found.
    """
    own_tokens = Token.objects.filter(
        host=charger.property.host_id,
        driver_token__driver=driver,
        type=APP_TYPE,
        canonical_uid__startswith=APP_PREFIX,
    )
    for token in own_tokens.order_by("pk")[:5]:
        question = decisions.Question(kind="authorize", uid=token.canonical_uid, at=now)
        if decisions.survey(chargers=[charger], question=question)[0].is_accepted:
            return token
    return None
