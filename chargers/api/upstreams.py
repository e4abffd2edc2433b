"""The REST API about the other back offices of a charger: who leads, and how each connection does."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.api.base import ApiView
from authorization.people.request import now
from chargers.upstreams import backends, upstream_figures
from chargers.upstreams.upstream_figures import Figures


class UpstreamSerializer(serializers.Serializer[Any]):
    """One back office; its secrets are never returned."""

    name = serializers.CharField()
    url = serializers.CharField()
    role = serializers.ChoiceField(choices=["leader", "follower"])
    state = serializers.ChoiceField(choices=["paused", "offline", "connected", "waiting", "connecting"])
    connected_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    next_try_at = serializers.DateTimeField(allow_null=True)
    messages_24h = serializers.IntegerField()
    median_ms = serializers.IntegerField(allow_null=True)
    backlog = serializers.IntegerField()
    dropped = serializers.IntegerField()


class ProxySerializer(serializers.Serializer[Any]):
    """Who decides about cards at a charger ("us", or a name), and every other back office."""

    leader = serializers.CharField()
    while_leader_is_away = serializers.ChoiceField(choices=["own_rules", "refuse", "local_list"])
    limit_s = serializers.IntegerField()
    upstreams = UpstreamSerializer(many=True)


class Proxy(ApiView):
    """Who leads a charger, and how its connections to other back offices do."""

    @extend_schema(responses=ProxySerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        charger = self.charger(request, charger_id)
        rows = backends.of_charger(charger)
        figures = upstream_figures.of_charger(charger, rows, now=now())
        leading = (row.name for row in rows if row.role == "leader" and row.paused_at is None)
        facts = {
            "leader": next(leading, "us"),
            "while_leader_is_away": charger.leader_absent,
            "limit_s": charger.leader_limit_s,
            "upstreams": [_body(one, online=charger.is_online()) for one in figures],
        }
        return Response(ProxySerializer(facts).data)


def _body(one: Figures, *, online: bool) -> dict[str, Any]:
    link, row = one.link, one.upstream
    return {
        "name": row.name,
        "url": row.shown_url(),
        "role": row.role,
        "state": one.state if online or one.state == "paused" else "offline",
        "connected_at": link.connected_at if link else None,
        "error": link.error if link and one.state != "connected" else "",
        "next_try_at": link.next_try_at if link else None,
        "messages_24h": one.messages,
        "median_ms": one.median_ms,
        "backlog": one.waiting,
        "dropped": link.dropped if link else 0,
    }
