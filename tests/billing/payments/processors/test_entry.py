"""What a card processor declares, and whether it can be used as this installation is set up."""

import pytest

from billing.payments.processors.entry import KnownProcessor


@pytest.fixture
def processor(settings) -> KnownProcessor:
    settings.EXAMPLE_KEY, settings.EXAMPLE_SECRET, settings.EXAMPLE_EVENTS = "key", "secret", "whsec"
    return KnownProcessor(
        name="example",
        title="Example",
        make=lambda: pytest.fail("nobody uses it here"),
        signature_header="Example-Signature",
        settings=("EXAMPLE_KEY", "EXAMPLE_SECRET"),
        event_settings=("EXAMPLE_EVENTS",),
        moves_money=lambda: False,
    )


def test_with_all_its_settings_it_is_set_up_and_takes_events(processor):
    assert (processor.is_set_up, processor.takes_events) == (True, True)


def test_an_empty_setting_is_a_missing_one(processor, settings):
    settings.EXAMPLE_SECRET = ""

    assert (processor.is_set_up, processor.takes_events) == (False, False)


def test_it_may_be_asked_though_its_events_cannot_be_believed(processor, settings):
    del settings.EXAMPLE_EVENTS

    assert (processor.is_set_up, processor.takes_events) == (True, False)
