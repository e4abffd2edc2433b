"""OCPP 2.1: what differs from 2.0.1. Pure.

The twelve messages that we understand kept their shape; tokens may have any type, a message may come as SEND
(which is never answered), and more notices exist, which the shared reader takes by their schemas.
"""

from datetime import datetime

from chargers.ocpp import translator, v201
from chargers.ocpp.events import Misfit, Reply, Understood
from chargers.ocpp.frames import Payload, Version


def read(action: str, payload: Payload, *, now: datetime) -> Understood | Misfit:
    """What a charging station's call or send means; see `v201.read`."""
    return translator.read(action, payload, version=Version.V21, table=v201.TABLE, now=now)


def answer(reply: Reply) -> Payload:
    """The payload of the CALLRESULT."""
    return v201.answer(reply)
