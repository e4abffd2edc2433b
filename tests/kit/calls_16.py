"""Calls of an OCPP 1.6 charger."""

from datetime import UTC, datetime, timedelta

CARD = "04A1B2C3D4"


def ago(**parts):
    return (datetime.now(tz=UTC) - timedelta(**parts)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def start(**fields):
    return {"connectorId": 1, "idTag": CARD, "meterStart": 1000, "timestamp": ago(minutes=30), **fields}


def sampled(wh, *, transaction_id=None, at=None, connector=1):
    payload = {
        "connectorId": connector,
        "meterValue": [{"timestamp": at or ago(minutes=10), "sampledValue": [{"value": str(wh), "unit": "Wh"}]}],
    }
    return payload if transaction_id is None else {**payload, "transactionId": transaction_id}


def status(word, *, connector=1, **fields):
    return {"connectorId": connector, "errorCode": "NoError", "status": word, **fields}
