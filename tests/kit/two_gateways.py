"""What the tests of gateway.liveness and gateway.two_gateways share."""

from datetime import UTC, datetime, timedelta

from chargers.models import Gateway


def age(gateway_id):
    """Makes the gateway count as silent for long enough."""
    Gateway.objects.filter(pk=gateway_id).update(seen_at=datetime.now(tz=UTC) - timedelta(seconds=31))
