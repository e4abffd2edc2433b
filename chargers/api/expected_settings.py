"""The REST API about settings across the fleet: their values and their expected values."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now
from authorization.rest.base import ApiView, require_storable
from authorization.rest.bodies import Body, parse_request
from chargers.acts import expected_settings as acts
from chargers.models import Charger, ExpectedSetting
from chargers.settings import drift
from chargers.text import masking

_MAX_KEY, _MAX_VALUE = 500, 2500


class KnownSettingSerializer(serializers.Serializer[Any]):
    """A setting that chargers reported."""

    key = serializers.CharField()
    chargers = serializers.IntegerField(help_text="How many reported it.")


class KnownSettingsSerializer(serializers.Serializer[Any]):
    results = KnownSettingSerializer(many=True)


class ValueSerializer(serializers.Serializer[Any]):
    """A value and the chargers that have it."""

    value = serializers.CharField(allow_null=True, allow_blank=True, help_text="Null: not reported.")
    expected = serializers.ListField(child=serializers.CharField(), help_text="What should be there instead.")
    chargers = serializers.ListField(child=serializers.CharField())
    differing = serializers.ListField(child=serializers.CharField(), help_text="Those that should have another.")


class DriftSerializer(serializers.Serializer[Any]):
    """The values of one setting across the fleet."""

    key = serializers.CharField()
    values = ValueSerializer(many=True)


class ExpectedSettingSerializer(serializers.ModelSerializer[ExpectedSetting]):
    """The expected value of a setting at every charger of a property."""

    property = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = ExpectedSetting
        fields = ["property", "key", "value"]
        read_only_fields = fields


class ExpectedSettingsSerializer(serializers.Serializer[Any]):
    results = ExpectedSettingSerializer(many=True)


class ExpectedValue(Body):
    """The expected value. It changes no charger: a job does that."""

    value = serializers.CharField(max_length=_MAX_VALUE, allow_blank=True, validators=[require_storable])


class KnownSettings(ApiView):
    """Names of settings."""

    @extend_schema(responses=KnownSettingsSerializer)
    def get(self, request: Request) -> Response:
        """Lists the settings that the key's chargers have reported, with the number of chargers."""
        keys = drift.count_chargers_by_key(_list_active_chargers(self.key(request)))
        return Response({"results": [{"key": name, "chargers": count} for name, count in keys]})


class SettingDrift(ApiView):
    """The values of a setting."""

    @extend_schema(
        responses=DriftSerializer,
        parameters=[
            OpenApiParameter("key", str, required=True, description="Such as MeterValueSampleInterval."),
            OpenApiParameter("property", str, description="The property's slug."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Returns the values of a setting with their chargers, and the chargers that should have another value."""
        name, slug = (request.query_params.get(parameter, "").replace("\x00", "") for parameter in ("key", "property"))
        if not name or masking.is_secret(name.rpartition(".")[2]):
            raise ValidationError({"key": "Say which setting: secret ones are not shown."})
        rows = _list_active_chargers(self.key(request))
        distribution = drift.compare(rows.filter(property__slug=slug) if slug else rows, name)
        names = dict(rows.values_list("pk", "charger_id"))
        values = [
            {
                "value": group.value,
                "expected": group.expected,
                "chargers": [names[pk] for pk in group.chargers],
                "differing": [names[pk] for pk in group.differing],
            }
            for group in distribution.groups
        ]
        return Response({"key": name, "values": values})


class ExpectedSettings(ApiView):
    """Expected settings of a property."""

    @extend_schema(responses=ExpectedSettingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Lists the expected settings by name."""
        rows = ExpectedSetting.objects.filter(property=self.seen_place(request, slug)).select_related("property")
        return Response({"results": ExpectedSettingSerializer(rows.order_by("key"), many=True).data})


class ExpectedSettingDetail(ApiView):
    """An expected setting of a property."""

    @extend_schema(request=ExpectedValue, responses=ExpectedSettingSerializer)
    def put(self, request: Request, slug: str, key: str) -> Response:
        """Sets the expected value. Chargers that differ are listed; a job changes them."""
        property_, name = self.managed_place(request, slug), _name(key)
        acts.expect(property_, key=name, **parse_request(ExpectedValue, request), by=self.key(request), now=now())
        return Response(ExpectedSettingSerializer(ExpectedSetting.objects.get(property=property_, key=name)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Removes the expected value, so that any value is right."""
        acts.forget(self.managed_place(request, slug), key=_name(key), by=self.key(request), now=now())
        return Response(status=204)


def _name(key: str) -> str:
    name = key.replace("\x00", "").strip()
    if not name or len(name) > _MAX_KEY:
        raise ValidationError({"key": f"A setting's name has 1 to {_MAX_KEY} characters."})
    return name


def _list_active_chargers(key: ApiKey) -> Any:
    return access.chargers(key).filter(retired_at=None).order_by("charger_id") if key else Charger.objects.none()
