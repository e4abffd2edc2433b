"""Settings and hooks of all tests."""

import gc
from collections import Counter

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import cache
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings

from tests.kit import pure, sampling
from tests.kit.callers import callers
from tests.kit.world import chromium, client_of, world

__all__ = ["callers", "chromium", "client_of", "world"]

# A busy machine is no finding: nothing is timed, and an input that is slow to draw is as good as another.
# At night twice as many are drawn.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100 if sampling.is_whole() else 50,
)
settings.register_profile("quick", settings.get_profile("house"), max_examples=20)
settings.load_profile("house")


_BY_ID = "django.contrib.auth.management.create_permissions"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Content types and permissions stay from test to test: making them anew took nine tenths of each flush."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(create_permissions, dispatch_uid=_BY_ID)


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Nothing is counted or cached yet: one address has few tries, and all tests have one."""
    if request.node.get_closest_marker("pure") is None:
        cache.clear()


def pytest_configure(config: pytest.Config) -> None:
    # Before workers are started, which inherit it: to them every run names its tests.
    sampling.seed()
    sampling.draw_stories(config.args_source is pytest.Config.ArgsSource.TESTPATHS)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not sampling.is_whole():
        terminalreporter.write_line(
            f"Of large matrices a part was run: SAMPLE_SEED={sampling.seed()} repeats it; `make test-all` is whole"
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = sampling.left_out(items)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if pure.is_pure(item.path):
            item.add_marker("pure")
    _sort_by_length(items)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nothing is gained by looking through it for garbage again and again."""
    gc.collect()
    gc.freeze()


def _sort_by_length(items: list[pytest.Item]) -> None:
    """What takes long first, so that no process is left alone with it at the end: modules with few tests, which are
    journeys and migrations; then the others; then what is pure."""
    counts = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.get_closest_marker("pure") is not None, counts[item.path], str(item.path)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("pure") is not None and pure.wants_database(item):
        pytest.fail("A pure test asks for the database: take its module off the list of tests/kit/pure.py.")
