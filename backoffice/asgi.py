"""The ASGI application: pages over HTTP, chargers over websockets."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
http = get_asgi_application()

application = ProtocolTypeRouter({"http": http})
