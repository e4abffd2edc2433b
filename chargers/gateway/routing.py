"""The gateway's address: ws(s)://HOST/ocpp/<charger id>. Some chargers add a slash of their own, which makes two."""

from django.urls import re_path

from chargers.gateway.consumer import ChargerConsumer, NobodyConsumer

websocket_urlpatterns = [
    re_path(r"^ocpp/+(?P<charger_id>[^/]+)/?$", ChargerConsumer.as_asgi()),
    re_path(r"", NobodyConsumer.as_asgi()),
]
