"""Calls of an OCPP 2.x charger."""

from datetime import UTC, datetime, timedelta

CARD = {"idToken": "04A1B2C3D4", "type": "ISO14443"}


def ago(**parts):
    return (datetime.now(tz=UTC) - timedelta(**parts)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(kind, seq_no, *, minutes, trigger="Authorized", info=None, wh=None, **fields):
    payload = {
        "eventType": kind,
        "timestamp": ago(minutes=minutes),
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": "T1", **(info or {})},
        "evse": {"id": 1, "connectorId": 1},
        **fields,
    }
    if wh is not None:
        payload["meterValue"] = [{"timestamp": ago(minutes=minutes), "sampledValue": [{"value": wh}]}]
    return payload
