"""OCPP 2.1: the differences from 2.0.1. Pure.

Most messages are unchanged; tokens may have any type, a message may come as SEND (which is never answered), and
`notices_v21` reads the messages new in 2.1.
"""

from datetime import datetime

from chargers.protocol.events import Misfit, Reply, Understood
from chargers.protocol.fields import Zone
from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions import notices_v21, translator, v201

_TABLE: translator.Table = {**v201.TABLE, **notices_v21.TABLE}


def read(action: str, payload: Payload, *, now: datetime, zone: Zone | None = None) -> Understood | Misfit:
    """Translates a charging station's call or send; see `v201.read`."""
    return translator.read(action, payload, version=Version.V21, table=_TABLE, now=now, zone=zone)


def answer(reply: Reply) -> Payload:
    """Returns the payload of the CALLRESULT."""
    return v201.answer(reply)
