"""How long tasks take, and how they end."""

import uuid
from collections.abc import Iterator

import pytest
from celery import Celery

from backoffice.metrics import tasks
from chargers.lib import metrics

app = Celery("tests", broker="memory://", set_as_current=False)


@app.task(name="tests.measured")
def measured() -> None:
    """Does nothing."""


@pytest.fixture(autouse=True)
def _nothing_is_under_way() -> Iterator[None]:
    tasks._begun.clear()
    yield
    tasks._begun.clear()


def count(outcome: str) -> float:
    samples = metrics.TASK_SECONDS.labels(task="tests.measured", outcome=outcome)._child_samples()
    return next(sample.value for sample in samples if sample.name == "_count")


@pytest.mark.parametrize(
    ("state", "outcome"), [("SUCCESS", "done"), ("FAILURE", "failed"), ("RETRY", "failed"), (None, "failed")]
)
def test_a_task_that_ended_is_counted_by_how(state: str | None, outcome: str):
    before, key = count(outcome), uuid.uuid4().hex
    tasks._begin(key, sender=measured)

    tasks._end(key, measured, state=state)

    assert count(outcome) == before + 1
    assert tasks._begun == {}


def test_the_end_of_a_task_that_never_began_here_is_not_counted():
    before = count("done")

    tasks._end(uuid.uuid4().hex, measured, state="SUCCESS")

    assert count("done") == before


def test_tasks_whose_end_never_comes_do_not_pile_up():
    for number in range(tasks._MAX_UNDER_WAY + 5):
        tasks._begin(str(number))

    assert len(tasks._begun) == tasks._MAX_UNDER_WAY
