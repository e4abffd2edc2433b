"""The ASGI application: pages over HTTP, chargers over websockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
http = get_asgi_application()

from chargers.ocpp import knocks  # noqa: E402
from chargers.ocpp.routing import websocket_urlpatterns  # noqa: E402 - needs the apps that the line above loads


def bad_tls(*, source: str, sentence: str) -> None:
    """The launcher tells that encryption failed on its encrypted port; runs in a thread."""
    knocks.bad_tls(source=source, sentence=sentence)


application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
