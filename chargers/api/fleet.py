"""The REST API about the set-up of chargers by their host: adding, changing, retiring, bringing back, licensing."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.people.roles import Right
from authorization.rest.base import ApiView, MomentField, find_or_404, require_storable
from authorization.rest.bodies import Body, parse_request
from authorization.rest.problems import ConflictError
from chargers.acts import fleet as acts
from chargers.fleet import lifecycle, registration
from chargers.fleet.lifecycle import BusyError, Outlet, SetUp
from chargers.fleet.registration import Outlets, Registration, TakenError
from chargers.models import Charger, Connector, Licence, Property, Unit
from chargers.pages.fields import PLUGS

_VERSIONS = ["", "1.6", "2.0.1", "2.1"]
_PLUGS = [value for value, _ in PLUGS]


class NewChargerSerializer(Body):
    """The data needed before a charger connects; it reports the rest itself."""

    id = serializers.CharField(max_length=48, validators=[require_storable], help_text="The name that it gives itself.")
    station_id = serializers.CharField(
        max_length=48, required=False, validators=[require_storable], help_text="On the label; else one is proposed."
    )
    property = serializers.SlugField(help_text="The property's slug.")
    unit = serializers.SlugField(required=False, allow_null=True, default=None)
    ocpp_version = serializers.ChoiceField(choices=_VERSIONS, default="", help_text="Empty: not known yet.")
    security_profile = serializers.ChoiceField(choices=[1, 2], default=1)
    connectors = serializers.IntegerField(min_value=1, max_value=20, default=1)
    standard = serializers.ChoiceField(choices=_PLUGS, default="")
    max_power_w = serializers.IntegerField(min_value=1000, max_value=1_000_000, allow_null=True, default=None)


class AddedChargerSerializer(serializers.Serializer[Any]):
    """The new charger with its password, which is shown only once."""

    id = serializers.CharField()
    station_id = serializers.CharField()
    property = serializers.CharField()
    password = serializers.CharField(allow_null=True, help_text="Stored nowhere in clear; null in a repeated answer.")


class OutletSerializer(serializers.Serializer[Any]):
    """The type and power of a connector, as specified by the maker."""

    evse = serializers.IntegerField()
    connector = serializers.IntegerField()
    standard = serializers.CharField(allow_blank=True)
    max_power_w = serializers.IntegerField(allow_null=True)


class SetUpSerializer(serializers.Serializer[Any]):
    """The set-up of a charger by its host."""

    property = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True, help_text="Where to find it.")
    configured = serializers.BooleanField(help_text="Until it is, only the host's own cards and stays are let in.")
    accepts_any_token_until = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    outlets = OutletSerializer(many=True)


class OutletChangeSerializer(Body):
    """One connector of the charger."""

    evse = serializers.IntegerField(min_value=1, max_value=1000)
    connector = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    standard = serializers.ChoiceField(choices=_PLUGS, required=False)
    max_power_w = serializers.IntegerField(min_value=1000, max_value=1_000_000, required=False, allow_null=True)


class SetUpChangeSerializer(Body):
    """The changes; omitted fields stay as they are."""

    property = serializers.SlugField(required=False, help_text="Where it stands now; its unit is left then.")
    unit = serializers.SlugField(required=False, allow_null=True, help_text="Null: anybody who may charge.")
    name = serializers.CharField(max_length=100, required=False, allow_blank=True, validators=[require_storable])
    configured = serializers.BooleanField(required=False)
    accepts_any_token_until = MomentField(required=False, allow_null=True, help_text="Null: never.")
    outlets = OutletChangeSerializer(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(f"Name at least one field to change: {', '.join(self.fields)}.")
        until = attrs.get("accepts_any_token_until")
        if until and until <= now():
            raise ValidationError({"accepts_any_token_until": "This must be later than now; null: never."})
        return attrs


class RetirementSerializer(Body):
    """The reason, which is stored in the audit trail."""

    reason = serializers.CharField(max_length=400, validators=[require_storable])


class LicenceSerializer(serializers.ModelSerializer[Licence]):
    """The right to operate."""

    charger = serializers.CharField(source="charger.charger_id", read_only=True)

    class Meta:
        model = Licence
        fields = ["charger", "state", "expires_on", "grace_days"]
        read_only_fields = fields


class LicenceChangeSerializer(Body):
    """The new licence."""

    state = serializers.ChoiceField(choices=Licence.State.choices)
    expires_on = serializers.DateField(allow_null=True, default=None, help_text="Its last day; null: without end.")


class ChargerSetup(ApiView):
    """The set-up of a charger by its host."""

    @extend_schema(responses=SetUpSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        return Response(_serialize_set_up(self.charger(request, charger_id)))

    @extend_schema(
        request=SetUpChangeSerializer,
        responses=SetUpSerializer,
        examples=[OpenApiExample("It is ready", value={"configured": True}, request_only=True)],
    )
    def patch(self, request: Request, charger_id: str) -> Response:
        """Moves or names the charger, marks it as ready, or sets the type of its connectors."""
        key, charger = self.key(request), self.charger(request, charger_id)
        access.require(key, Right.MANAGE, charger.property.host)
        details = _merge_set_up(key, charger, parse_request(SetUpChangeSerializer, request))
        try:
            acts.set_up(charger, details, by=key, now=now())
        except BusyError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(_serialize_set_up(self.charger(request, charger_id)))


class ChargerRetirement(ApiView):
    """The retirement of a charger."""

    @extend_schema(request=RetirementSerializer, responses=SetUpSerializer)
    def post(self, request: Request, charger_id: str) -> Response:
        """Retires the charger: it can no longer connect, and its label leads nowhere."""
        charger = self.charger(request, charger_id)
        reason = parse_request(RetirementSerializer, request)["reason"]
        try:
            acts.retire(charger, reason=reason, by=self.key(request), now=now())
        except BusyError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(_serialize_set_up(self.charger(request, charger_id)))

    @extend_schema(responses={200: SetUpSerializer})
    def delete(self, request: Request, charger_id: str) -> Response:
        """Brings the charger back into service."""
        try:
            acts.bring_back(self.charger(request, charger_id), reason="", by=self.key(request), now=now())
        except BusyError as exc:
            raise ConflictError(str(exc)) from exc
        return Response(_serialize_set_up(self.charger(request, charger_id)))


class ChargerLicence(ApiView):
    """The licence of a charger."""

    @extend_schema(responses=LicenceSerializer)
    def get(self, request: Request, charger_id: str) -> Response:
        """Returns the licence. A charger that was never licensed has an active licence without end."""
        charger = self.charger(request, charger_id)
        return Response(LicenceSerializer(getattr(charger, "licence", None) or Licence(charger=charger)).data)

    @extend_schema(request=LicenceChangeSerializer, responses=LicenceSerializer)
    def put(self, request: Request, charger_id: str) -> Response:
        """Activates, prolongs or ends the licence; agents' keys only."""
        key, charger = self.key(request), self.charger(request, charger_id)
        access.require_agent(key)
        acts.license_(charger, **parse_request(LicenceChangeSerializer, request), by=key, now=now())
        return Response(LicenceSerializer(Licence.objects.get(charger=charger)).data)


def add_charger(key: ApiKey, request: Request) -> Response:
    """Adds a charger and returns it with its password."""
    fields = parse_request(NewChargerSerializer, request)
    property_ = access.managed_properties(key).select_related("host").filter(slug=fields["property"]).first()
    if property_ is None:
        raise ValidationError({"property": "There is no such property."})
    station_id = fields.get("station_id") or registration.proposal(property_)
    faults = {
        "id": registration.id_fault(fields["id"].strip()),
        "station_id": registration.station_id_fault(station_id.strip()),
    }
    if any(faults.values()):
        raise ValidationError({name: fault for name, fault in faults.items() if fault})
    registration_ = Registration(
        charger_id=fields["id"].strip(),
        station_id=station_id.strip(),
        property=property_,
        unit=_unit(property_, fields["unit"]),
        version=fields["ocpp_version"],
        security_profile=int(fields["security_profile"]),
        outlets=Outlets(fields["connectors"], fields["standard"], fields["max_power_w"]),
    )
    try:
        charger, password = acts.register(registration_, by=key, now=now())
    except TakenError as exc:
        raise ValidationError({"id": str(exc)}) from exc
    body = {
        "id": charger.charger_id,
        "station_id": charger.station_id,
        "property": property_.slug,
        "password": password,
    }
    return Response(body, status=status.HTTP_201_CREATED)


def _merge_set_up(key: ApiKey, charger: Charger, fields: dict[str, Any]) -> SetUp:
    current_set_up = lifecycle.as_it_is(charger)
    property_, unit = current_set_up.property, current_set_up.unit
    if "property" in fields and fields["property"] != property_.slug:
        choices = lifecycle.property_choices(charger, access.managed_properties(key))
        unit, new_property = (
            None,
            next((candidate for candidate in choices if candidate.slug == fields["property"]), None),
        )
        if new_property is None:
            raise ValidationError({"property": "There is no such property, or the charger cannot move there."})
        property_ = new_property
    if "unit" in fields:
        unit = _unit(property_, fields["unit"])
    return SetUp(
        property=property_,
        unit=unit,
        name=fields.get("name", current_set_up.name),
        configured=fields.get("configured", current_set_up.configured),
        accepts_any_token_until=fields.get("accepts_any_token_until", current_set_up.accepts_any_token_until),
        outlets=_outlets(charger, dict(current_set_up.outlets), fields.get("outlets", [])),
    )


def _outlets(charger: Charger, outlets_by_pk: dict[int, Outlet], changes: list[dict[str, Any]]) -> dict[int, Outlet]:
    plugs = {
        (plug.evse.number, plug.number): plug.pk
        for plug in Connector.objects.filter(evse__charger=charger).select_related("evse")
    }
    for position, change in enumerate(changes):
        pk = plugs.get((change["evse"], change["connector"]))
        if pk is None:
            raise ValidationError({f"outlets[{position}].connector": "There is no such connector."})
        before = outlets_by_pk[pk]
        outlets_by_pk[pk] = Outlet(
            change.get("standard", before.standard), change.get("max_power_w", before.max_power_w)
        )
    return outlets_by_pk


def _unit(property_: Property, slug: str | None) -> Unit | None:
    if not slug:
        return None
    unit = property_.units.filter(slug=slug).first()
    if unit is None:
        raise ValidationError({"unit": f"{property_.name} has no such unit."})
    return unit


def _serialize_set_up(charger: Charger) -> Any:
    row = find_or_404(Charger.objects.select_related("property", "unit"), pk=charger.pk)
    plugs = Connector.objects.filter(evse__charger=row).select_related("evse").order_by("evse__number", "number")
    facts = {
        "property": row.property.slug,
        "unit": row.unit.slug if row.unit else None,
        "name": row.name,
        "configured": row.configured,
        "accepts_any_token_until": row.accepts_any_token_until,
        "retired_at": row.retired_at,
        "outlets": [
            {
                "evse": plug.evse.number,
                "connector": plug.number,
                "standard": plug.standard,
                "max_power_w": plug.max_power_w,
            }
            for plug in plugs
        ],
    }
    return SetUpSerializer(facts).data
