"""Webhooks of the simulated processor, delivered."""

from datetime import UTC, datetime

from django.test import Client

from billing.payments.processors import simulated


def deliver(raw, *, signed_at=None, signature=None):
    signature = signature or simulated.sign(raw, now=signed_at or datetime.now(tz=UTC))
    headers = {simulated.SIGNATURE_HEADER: signature}
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/simulated/", raw, content_type="application/json", headers=headers
    )
