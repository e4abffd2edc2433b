"""The scheduler: everything that it sends is a task that a worker knows."""

from backoffice.celery import app


def test_its_schedule_names_tasks_that_exist():
    app.loader.import_default_modules()

    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert wanted
    assert wanted <= set(app.tasks)
