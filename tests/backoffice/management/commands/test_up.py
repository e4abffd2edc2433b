"""`manage.py up`: the whole product with one command; what `make demo` calls."""

from django.conf import settings

from backoffice.management.commands import up
from tests.billing.conftest import Site, site  # noqa: F401 - a fixture


def test_every_queue_that_a_task_is_sent_to_has_a_worker():
    served: set[str] = set()
    for program in up.workers():
        served |= set(program.arguments[program.arguments.index("--queues") + 1].split(","))

    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= served


def test_the_one_worker_of_a_small_machine_serves_every_queue_with_a_thread_for_each_periodic_task():
    command = up.small_worker().arguments
    served = command[command.index("--queues") + 1].split(",")

    assert set(served) == {"celery", *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}
    assert int(command[command.index("--concurrency") + 1]) > len(settings.CELERY_BEAT_SCHEDULE)


def test_it_has_a_thread_for_each_periodic_task_of_a_worker_that_waits():
    for program in up.workers()[2:]:
        queues = program.arguments[program.arguments.index("--queues") + 1].split(",")
        threads = int(program.arguments[program.arguments.index("--concurrency") + 1])
        assert sum(len(settings.TASKS_BY_QUEUE[queue]) for queue in queues) <= threads
