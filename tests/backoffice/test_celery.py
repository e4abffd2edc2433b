"""What the beat asks for."""

from django.conf import settings

from backoffice.celery import app


def test_it_asks_only_for_tasks_that_the_worker_knows():
    app.loader.import_default_modules()
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert asked - set(app.tasks) == set()
