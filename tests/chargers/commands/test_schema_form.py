import pytest

from chargers.commands import schema_form
from chargers.commands.schema_form import Kind
from chargers.protocol.frames import Version
from tests.kit.outbound import SAMPLES

EVERY = [(version, action) for version, samples in SAMPLES.items() for action in samples]


@pytest.mark.parametrize(("version", "action"), EVERY)
def test_it_gives_back_what_was_filled_in_for_every_action(version, action):
    payload = SAMPLES[version][action].payload

    form = schema_form.of_action(action, schema_form.flatten(payload), version=Version(version))

    assert schema_form.payload_of(form) == payload


@pytest.mark.parametrize(("version", "action"), EVERY)
def test_it_has_a_form_for_every_action_and_asks_for_nothing_optional(version, action):
    form = schema_form.of_action(action, {}, version=Version(version))

    assert form.kind is Kind.OBJECT
    assert set(schema_form.payload_of(form)) <= {blank.label for blank in form.mandatory}
    assert [*form.mandatory, *form.optional] == list(form.children)


def test_it_offers_the_words_of_an_enum_and_marks_what_must_be_filled_in():
    (kind,) = schema_form.of_action("Reset", {}, version=Version.V16).children

    assert (kind.path, kind.kind, kind.required) == ("type", Kind.CHOICE, True)
    assert set(kind.choices) == {"Soft", "Hard"}


def test_it_keeps_what_is_of_the_wrong_type_so_that_the_schema_can_name_it():
    form = schema_form.of_action("UnlockConnector", {"connectorId": "one"}, version=Version.V16)

    assert schema_form.payload_of(form) == {"connectorId": "one"}


def test_it_adds_a_row_where_one_is_asked_for():
    posted = schema_form.with_row({"id.#": "1", "id.0": "7"}, "id")

    form = schema_form.of_action("ClearVariableMonitoring", {**posted, "id.1": "9"}, version=Version.V201)

    assert schema_form.payload_of(form) == {"id": [7, 9]}


@pytest.mark.parametrize("count", ["-3", "x", "999999999", "9" * 400, ""])
def test_it_takes_no_senseless_number_of_rows(count):
    form = schema_form.of_action("ClearVariableMonitoring", {"id.#": count}, version=Version.V201)

    assert 1 <= len(form.children[0].children) <= 200


def test_it_leaves_rows_out_that_were_left_empty():
    posted = {"id.#": "3", "id.0": "7", "id.2": "9"}

    form = schema_form.of_action("ClearVariableMonitoring", posted, version=Version.V201)

    assert schema_form.payload_of(form) == {"id": [7, 9]}
