"""The five commands in their OCPI form (OCPI 2.2.1 13.3; 2.1.1 12.3)."""

from typing import Any, Final

from rest_framework import serializers

from billing.roaming.versions import fields


class _Command(serializers.Serializer[Any]):
    response_url = fields.Address()


class StartForm(_Command):
    token = fields.AnyObject()
    location_id = fields.Text(36)
    evse_uid = fields.Text(36, required=False, allow_null=True)
    connector_id = fields.Text(36, required=False, allow_null=True)
    authorization_reference = fields.Text(36, required=False, allow_null=True)


class StopForm(_Command):
    session_id = fields.Text(36)


class ReservationId(fields.Text):
    """A reservation's id, which is an integer in 2.1.1."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(str(data) if type(data) is int else data)


class ReserveForm(_Command):
    token = fields.AnyObject()
    expiry_date = fields.Moment()
    reservation_id = ReservationId(36)
    location_id = fields.Text(36)
    evse_uid = fields.Text(36, required=False, allow_null=True)
    authorization_reference = fields.Text(36, required=False, allow_null=True)


class CancelForm(_Command):
    reservation_id = ReservationId(36)


class UnlockForm(_Command):
    location_id = fields.Text(36)
    evse_uid = fields.Text(36)
    connector_id = fields.Text(36)


BY_NAME: Final[dict[str, type[serializers.Serializer[Any]]]] = {
    "START_SESSION": StartForm,
    "STOP_SESSION": StopForm,
    "RESERVE_NOW": ReserveForm,
    "CANCEL_RESERVATION": CancelForm,
    "UNLOCK_CONNECTOR": UnlockForm,
}
