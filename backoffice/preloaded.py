"""The code shared by our programs, loaded once by the fork server: pages, chargers' gateway and Celery's workers.

It must not open a connection, start a thread or import Twisted's reactor, because none of them survives a fork.
"""

import gc
from importlib import import_module
from typing import Final

from django.conf import settings

from backoffice import environment
from backoffice.celery import app

_SHARED: Final = (
    "backoffice.asgi",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.contrib.migrate",
    "celery.worker.autoscale",
    "celery.worker.consumer",
    "kombu.transport.redis",
)

for _module in _SHARED:
    import_module(_module)
app.loader.import_default_modules()
app.finalize()
# Collecting garbage among the loaded code would write to all its memory pages, and each program would get its own copy.
gc.collect()
gc.freeze()


def after_fork() -> None:
    """Applies what differs between programs: the size of the pool of connections to the database."""
    environment.use_pool(settings.DATABASES["default"], environment.Environment())
