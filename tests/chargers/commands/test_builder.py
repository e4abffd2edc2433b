from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chargers.commands import builder, forms, sending
from chargers.commands.builder import OrderError
from chargers.commands.forms import Kind, local_list
from chargers.commands.forms.charging_profiles import periods
from chargers.protocol.frames import Version

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_OF_KIND = {
    Kind.TEXT: "https://example.com/x", Kind.LONG: "0 16\n60 10.5", Kind.NUMBER: 2, Kind.DECIMAL: Decimal("7.35"),
    Kind.TIME: NOON, Kind.CHECK: True, Kind.EVSE: 1, Kind.FREE_EVSE: 1, Kind.CARD: "04A1B2C3D4", Kind.TRANSACTION: "12",
    Kind.CERTIFICATE: "-----BEGIN CERTIFICATE-----",
}  # fmt: skip
EVERY = [
    (version, offer.key) for version in Version for group in forms.supported_groups(version) for offer in group.offers
]


def values_of(offer, version, *, only_required):
    filled = {}
    for one in offer.inputs(version):
        text = one.choices[-1][0] if one.kind is Kind.CHOICE else _OF_KIND[one.kind]
        text = text[: one.most] if isinstance(text, str) and one.most else text
        is_wanted = one.required or not only_required
        filled[one.name] = text if is_wanted else ("" if isinstance(text, str) else None)
    known = local_list.AcceptedList(4, {"OLD": {"status": "Accepted", "type": "ISO14443"}})
    extra = {"request_id": 7, "link": "https://example.com/u/1/", "known": known, "entries": [local_list.Entry("04A1")]}
    return {**filled, **extra}


@pytest.mark.parametrize(("version", "key"), EVERY)
@pytest.mark.parametrize("only_required", [True, False])
def test_it_becomes_an_order_that_follows_the_standard(version, key, only_required):
    offer = forms.find(key, version=version)
    values = values_of(offer, version, only_required=only_required)
    if key == "set_profile":
        values |= {"purpose": "TxDefaultProfile", "kind": "Relative" if only_required else "Daily"}

    action, payload = offer.build(values, version)

    assert builder.check(action, sending.convert_for_json(payload), version=version).action == action


def test_it_offers_displays_and_costs_in_2x_only():
    assert forms.find("set_message", version=Version.V16) is None
    assert forms.find("cost", version=Version.V21) is not None
    assert forms.find("diagnostics", version=Version.V201) is None


@pytest.mark.parametrize("key", ["reset_soft", "reset_hard", "firmware", "signed_firmware", "delete_certificate"])
def test_it_asks_before_what_is_dangerous(key):
    assert forms.find(key, version=Version.V16).danger


@pytest.mark.parametrize("text", ["", "5 16", "0", "0 x", "0 16\n0 10", "0 -1", "0 NaN", "0 1e99", "0 16.25"])
def test_it_takes_no_steps_that_are_none(text):
    with pytest.raises(OrderError):
        periods(text)


@pytest.mark.parametrize("version", Version)
def test_it_sends_the_difference_that_leads_to_the_same_list(version):
    offer = forms.find("local_list", version=version)
    before = local_list.AcceptedList(
        4,
        {
            "GONE": local_list.entry_payload(local_list.Entry("GONE"), version=version),
            "SAME": local_list.entry_payload(local_list.Entry("SAME"), version=version),
        },
    )
    wanted = [local_list.Entry("SAME"), local_list.Entry("NEW", parent="FAMILY", expires_at=NOON)]
    values = {"entries": wanted, "known": before, "update": "Differential"}

    _, payload = offer.build(values, version)
    after = local_list.apply_to_accepted(sending.convert_for_json(payload), before, version=version)

    assert after == local_list.AcceptedList(
        5, {one.uid: local_list.entry_payload(one, version=version) for one in wanted}
    )
    assert len(payload["localAuthorizationList"]) == 2


def test_it_cuts_a_list_that_is_too_long_for_one_message():
    wanted = [local_list.Entry(f"CARD{number}") for number in range(5)]
    _, payload = local_list.build_list(
        {"entries": wanted, "known": local_list.AcceptedList(), "update": "Full"}, Version.V16
    )

    parts = local_list.parts(payload, max_entries=2)

    known = local_list.AcceptedList()
    for part in parts:
        known = local_list.apply_to_accepted(part, known, version=Version.V16)
    assert [part["updateType"] for part in parts] == ["Full", "Differential", "Differential"]
    assert (known.version, set(known.entries)) == (3, {one.uid for one in wanted})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This is not JSON: Expecting value, line 1, column 1."),
        ('{"key": ', "This is not JSON: Expecting value, line 1, column 9."),
        ('{"limit": NaN}', "This is not JSON: NaN is not a number."),
        ('{"key": "A", "value": "1", "key": "B"}', "The key key stands twice in one object: keep one."),
        ("[1]", "The payload must be a JSON object: write { … }."),
        ("[" * 100_000, "This is not JSON that can be sent."),
        ('{"id": ' + "9" * 5000 + "}", "This is not JSON that can be sent."),
    ],
)
def test_it_says_what_is_wrong_with_a_payload_that_a_person_wrote(text, sentence):
    with pytest.raises(OrderError) as found:
        builder.payload_in(text)

    assert str(found.value) == sentence


def test_it_reads_a_payload_that_a_person_wrote():
    assert builder.payload_in('{"key": "A", "inner": {"key": 1.5}}') == {"key": "A", "inner": {"key": 1.5}}
