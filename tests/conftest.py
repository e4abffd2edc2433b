"""Settings and hooks of all tests."""

from collections import Counter

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings

from tests.kit import pure, sampling

# A busy machine is no finding: nothing is timed, and an input that is slow to draw is as good as another.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("house"), max_examples=20)
settings.load_profile("house")


_BY_ID = "django.contrib.auth.management.create_permissions"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Content types and permissions stay from test to test: making them anew took nine tenths of each flush."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(create_permissions, dispatch_uid=_BY_ID)


def pytest_configure() -> None:
    sampling.seed()  # before workers are started, which inherit it


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not sampling.is_whole():
        terminalreporter.write_line(
            f"Of large matrices a part was run: SAMPLE_SEED={sampling.seed()} repeats it; `make test-all` is whole"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if pure.is_pure(item.path):
            item.add_marker("pure")
    _sort_by_length(items)


def _sort_by_length(items: list[pytest.Item]) -> None:
    """What takes long first, so that no process is left alone with it at the end: modules with few tests, which are
    journeys and migrations; then the others; then what is pure."""
    counts = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.get_closest_marker("pure") is not None, counts[item.path], str(item.path)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("pure") is not None and pure.wants_database(item):
        pytest.fail("A pure test asks for the database: take its module off the list of tests/kit/pure.py.")
