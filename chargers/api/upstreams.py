"""The REST API about the other back offices of a charger: the Leader and the state of each connection."""

from collections.abc import Callable
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db import IntegrityError
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.people.request import now
from authorization.rest.base import ApiView, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from chargers.acts import upstreams as acts
from chargers.acts.upstreams import Connection
from chargers.commands import sending
from chargers.models import Charger, Upstream, UpstreamLink
from chargers.proxy import upstream_socket
from chargers.upstreams import addresses, backends, plan, roles, upstream_figures
from chargers.upstreams.addresses import AddressError
from chargers.upstreams.roles import UpstreamRole
from chargers.upstreams.upstream_figures import Figures


class UpstreamSerializer(serializers.Serializer[Any]):
    """A back office; its secrets are never returned."""

    id = serializers.IntegerField()
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
    """The Leader, who decides about cards at a charger ("us", or a name), and every other back office."""

    leader = serializers.CharField()
    while_leader_is_away = serializers.ChoiceField(choices=["own_rules", "refuse", "local_list"])
    limit_s = serializers.IntegerField()
    upstreams = UpstreamSerializer(many=True)


_SECRET: Final[dict[str, Any]] = {
    "required": False,
    "allow_blank": True,
    "default": "",
    "validators": [require_storable],
}
_RUNNING: Final = "A car charges now: connect it as a Follower, and make it Leader when the session has ended."


class _ConnectionSerializer(Body):
    """How a back office is reached."""

    identity = serializers.CharField(max_length=48, **_SECRET, help_text="Empty: the charger's own.")
    username = serializers.CharField(max_length=200, **_SECRET)
    password = serializers.CharField(max_length=200, trim_whitespace=False, **_SECRET)
    subprotocol = serializers.ChoiceField(
        choices=["", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"], default="", help_text="Empty: as the charger."
    )
    certificate = serializers.CharField(max_length=20_000, **_SECRET, help_text="Client certificate, PEM.")
    key = serializers.CharField(max_length=20_000, **_SECRET, help_text="Its private key, PEM.")
    authority = serializers.CharField(max_length=20_000, **_SECRET, help_text="Whom to trust, PEM.")

    def validate_url(self, text: str) -> str:
        return _validate_text(addresses.url, text)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("certificate")) != bool(attrs.get("key")):
            raise ValidationError({"key": addresses.NO_PAIR})
        return attrs


class NewUpstreamSerializer(_ConnectionSerializer):
    """A back office to connect."""

    name = serializers.CharField(max_length=100, validators=[require_storable])
    url = serializers.CharField(max_length=500, validators=[require_storable], help_text="Begins with wss:// or ws://.")
    role = serializers.ChoiceField(choices=Upstream.Role.choices)
    scope = serializers.ChoiceField(choices=["charger", "property", "host"], default="charger")

    def validate_name(self, text: str) -> str:
        return _validate_text(addresses.name, text)


class UpstreamChangeSerializer(_ConnectionSerializer):
    """The changes; omitted fields stay as they are."""

    url = serializers.CharField(max_length=500, required=False, validators=[require_storable])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Drops default values, so that only sent fields change."""
        super().validate(attrs)
        return {name: value for name, value in attrs.items() if name in self.initial_data}


class AbsenceSerializer(Body):
    """What happens while the Leader is away."""

    while_leader_is_away = serializers.ChoiceField(choices=["own_rules", "refuse", "local_list"], required=False)
    limit_s = serializers.IntegerField(min_value=1, max_value=60, required=False)


class AllowedSerializer(Body):
    """Commands by name."""

    allowed = serializers.ListField(
        child=serializers.CharField(max_length=60, validators=[require_storable]), allow_null=True, max_length=100
    )


class LeaderSerializer(Body):
    """The new Leader."""

    by_us = serializers.BooleanField(default=False, help_text="We do, and it becomes a Follower.")
    forced = serializers.BooleanField(default=False, help_text="Also while a car charges.")


class TrialSerializer(serializers.Serializer[Any]):
    """The result of the test."""

    connects = serializers.BooleanField()
    sentence = serializers.CharField()


def _validate_text(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except AddressError as exc:
        raise ValidationError(str(exc)) from exc


class Proxy(ApiView):
    """The Leader of a charger, and the state of its connections to other back offices."""

    @extend_schema(responses=ProxySerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return _render_proxy(self.charger(request, charger_id))

    @extend_schema(request=AbsenceSerializer, responses=ProxySerializer)
    def patch(self, request: Request, charger_id: str) -> Response:
        """Sets what happens while the Leader is away, and how long to wait for it."""
        charger, fields = self.charger(request, charger_id), parse_request(AbsenceSerializer, request)
        facts = {
            "absent": fields.get("while_leader_is_away", charger.leader_absent),
            "limit_s": fields.get("limit_s", charger.leader_limit_s),
        }
        acts.set_absence(charger, **facts, by=self.key(request), now=now())
        return _render_proxy(self.charger(request, charger_id))

    @extend_schema(
        request=NewUpstreamSerializer,
        responses={201: ProxySerializer},
        examples=[
            OpenApiExample(
                "A partner",
                value={"name": "Partner", "url": "wss://ocpp.example/", "role": "follower"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, charger_id: str) -> Response:
        """Connects another back office, for this charger, its property or its host."""
        charger, fields = self.charger(request, charger_id), parse_request(NewUpstreamSerializer, request)
        options = {name: fields.pop(name) for name in ("name", "role", "scope")}
        try:
            acts.connect(charger, Connection(**fields), **options, by=self.key(request), now=now())
        except IntegrityError as exc:
            raise ValidationError({"name": "A back office of this name is connected already."}) from exc
        except backends.RunningSessionError as exc:
            raise ConflictError(_RUNNING, field="role") from exc
        return _render_proxy(self.charger(request, charger_id), status=201)


class UpstreamDetail(ApiView):
    """One back office of a charger."""

    @extend_schema(
        operation_id="chargers_proxy_upstream_partial_update",
        request=UpstreamChangeSerializer,
        responses=ProxySerializer,
    )
    def patch(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Changes how the back office is reached; omitted secrets stay as they are."""
        charger, row = _row(self, request, charger_id, upstream_id)
        fields = parse_request(UpstreamChangeSerializer, request)
        current_values = {name: getattr(row, name) for name in ("identity", "username", "subprotocol")}
        facts = dict.fromkeys(Connection.__slots__, "") | current_values | {"url": row.shown_url()} | fields
        acts.edit(charger, row, Connection(**facts), by=self.key(request), now=now())
        return _render_proxy(charger)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Disconnects the back office and deletes what still waited for it."""
        charger, row = _row(self, request, charger_id, upstream_id)
        acts.disconnect(charger, row, by=self.key(request), now=now())
        return Response(status=204)


class UpstreamCommands(ApiView):
    """The commands that a back office may send to the charger."""

    @extend_schema(request=AllowedSerializer, responses=ProxySerializer)
    def put(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Sets the allowed commands; null for the default of its role."""
        charger, row = _row(self, request, charger_id, upstream_id)
        allowed = parse_request(AllowedSerializer, request)["allowed"]
        known_commands = roles.switches(role=UpstreamRole(row.role), version=sending.version_of(charger))
        if unknown := sorted(set(allowed or ()) - set(known_commands)):
            raise ValidationError(
                {"allowed": f"There is no such command: {unknown[0][:60]}. Known: {', '.join(known_commands)}."}
            )
        actions = None if allowed is None else sorted(set(allowed))
        acts.allow(charger, row, actions=actions, by=self.key(request), now=now())
        return _render_proxy(charger)


class UpstreamLeader(ApiView):
    """The Leader, who decides about cards."""

    @extend_schema(request=LeaderSerializer, responses=ProxySerializer)
    def post(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Makes this back office the Leader, or makes us the Leader instead."""
        charger, row = _row(self, request, charger_id, upstream_id)
        fields = parse_request(LeaderSerializer, request)
        if fields["by_us"] and row.role != "leader":
            raise ValidationError({"by_us": f"{row.name} is no Leader: there is nothing to take over."})
        try:
            acts.set_leader(charger, row, **fields, by=self.key(request), now=now())
        except backends.RunningSessionError as exc:
            raise ConflictError(f"{_RUNNING} Or set forced: the session may be split then.", field="forced") from exc
        return _render_proxy(self.charger(request, charger_id))


class UpstreamPause(ApiView):
    """The pause of a connection to a back office."""

    @extend_schema(request=None, responses=ProxySerializer)
    def post(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Pauses the connection. If it was the Leader, we lead meanwhile."""
        charger, row = _row(self, request, charger_id, upstream_id)
        acts.pause(charger, row, by=self.key(request), now=now())
        return _render_proxy(charger)

    @extend_schema(responses={200: ProxySerializer})
    def delete(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Resumes the connection."""
        charger, row = _row(self, request, charger_id, upstream_id)
        acts.resume(charger, row, by=self.key(request), now=now())
        return _render_proxy(charger)


class UpstreamTest(ApiView):
    """A test of the connection."""

    @extend_schema(request=None, responses=TrialSerializer)
    def post(self, request: Request, charger_id: str, upstream_id: int) -> Response:
        """Opens a connection and closes it.

        A connected back office is not tested, because that would end the charger's connection.
        """
        charger, row = _row(self, request, charger_id, upstream_id)
        if UpstreamLink.objects.filter(charger=charger, upstream=row, connected_at__isnull=False).exists():
            return Response({"connects": True, "sentence": f"{row.name} is connected: there is nothing to test."})
        acts.begin_test(charger, row, by=self.key(request), now=now())
        version = sending.version_of(charger)
        try:
            async_to_sync(upstream_socket.probe)(plan.facts_of(row, charger), version=version)
        except upstream_socket.FailedError as exc:
            return Response({"connects": False, "sentence": f"{row.name} {exc}."})
        return Response({"connects": True, "sentence": f"{row.name} answered and speaks OCPP {version}."})


def _row(view: ApiView, request: Request, charger_id: str, upstream_id: int) -> tuple[Charger, Upstream]:
    """Returns a back office that applies to this charger; otherwise 404."""
    charger = view.charger(request, charger_id)
    row = next((upstream for upstream in backends.of_charger(charger) if upstream.pk == upstream_id), None)
    if row is None:
        raise Http404
    return charger, row


def _render_proxy(charger: Charger, *, status: int = 200) -> Response:
    rows = backends.of_charger(charger)
    figures = upstream_figures.of_charger(charger, rows, now=now())
    leading = (row.name for row in rows if row.role == "leader" and row.paused_at is None)
    facts = {
        "leader": next(leading, "us"),
        "while_leader_is_away": charger.leader_absent,
        "limit_s": charger.leader_limit_s,
        "upstreams": [_body(figure, online=charger.is_online()) for figure in figures],
    }
    return Response(ProxySerializer(facts).data, status=status)


def _body(figures: Figures, *, online: bool) -> dict[str, Any]:
    link, row = figures.link, figures.upstream
    return {
        "id": row.pk,
        "name": row.name,
        "url": row.shown_url(),
        "role": row.role,
        "state": figures.state if online or figures.state == "paused" else "offline",
        "connected_at": link.connected_at if link else None,
        "error": link.error if link and figures.state != "connected" else "",
        "next_try_at": link.next_try_at if link else None,
        "messages_24h": figures.messages,
        "median_ms": figures.median_ms,
        "backlog": figures.waiting,
        "dropped": link.dropped if link else 0,
    }
