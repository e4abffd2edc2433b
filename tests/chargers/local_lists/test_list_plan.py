"""What a list should hold, and which message comes next: pure."""

import pytest

from chargers.commands.forms.local_list import Entry
from chargers.local_lists import list_plan
from chargers.local_lists.list_plan import Limits
from chargers.protocol.frames import Version


def plan(*uids, version=Version.V16):
    entries = [Entry(uid) for uid in uids]
    return list_plan.plan(entries, by_hours=(), limits=Limits(), version=version, used_at=lambda _: None)


@pytest.mark.parametrize(
    ("told", "limits"),
    [
        ({}, Limits()),
        (
            {("", "LocalAuthListMaxLength", "Actual"): "50", ("", "SendLocalListMaxLength", "Actual"): "10"},
            Limits(50, 10),
        ),
        ({("", "LocalAuthListMaxLength", "Actual"): "many", ("", "LocalAuthListEnabled", "Actual"): "True"},
         Limits(None, None, is_on=True)),
        (
            {
                ("LocalAuthListCtrlr", "Entries", "Actual"): "3",
                ("LocalAuthListCtrlr", "Entries", "MaxSet"): "150",
                ("LocalAuthListCtrlr", "ItemsPerMessage", "Actual"): "20",
                ("LocalAuthListCtrlr", "Enabled", "Actual"): "false",
                ("AuthCacheCtrlr", "Enabled", "Actual"): "true",
            },
            Limits(150, 20, is_on=False),
        ),
    ],
)  # fmt: skip
def test_it_reads_the_limits_of_both_families(told, limits):
    assert list_plan.limits(told) == limits


@pytest.mark.parametrize("version", [Version.V16, Version.V201])
def test_it_has_nothing_to_say_to_a_list_that_is_right(version):
    wanted = plan("A", "B", version=version)

    assert list_plan.next_message(wanted, holds=wanted.payloads, number=4, limits=Limits(), version=version) is None
    assert not list_plan.differences(wanted, wanted.payloads)


def test_it_takes_a_card_off_with_the_type_that_it_was_put_on_with():
    holds = {"A": {"type": "Central", "status": "Accepted"}}

    sent = list_plan.next_message(
        plan(version=Version.V201), holds=holds, number=4, limits=Limits(), version=Version.V201
    )

    assert sent == {
        "versionNumber": 5,
        "updateType": "Differential",
        "localAuthorizationList": [{"idToken": {"idToken": "A", "type": "Central"}}],
    }


def test_it_empties_a_list_that_nobody_knows():
    sent = list_plan.next_message(plan(), holds=None, number=7, limits=Limits(), version=Version.V16)

    assert sent == {"listVersion": 8, "updateType": "Full"}


def test_it_has_another_digest_for_another_list_only():
    assert plan("A", "B").digest == plan("A", "B").digest != plan("A").digest


@pytest.mark.parametrize(("version", "fits"), [(Version.V16, 20), (Version.V201, 36)])
def test_it_leaves_out_numbers_that_the_version_cannot_carry(version, fits):
    found = plan("A" * fits, "B" * (fits + 1), version=version)

    assert [entry.uid for entry in found.entries] == ["A" * fits]
    assert [one.why for one in found.left_out] == [f"OCPP {version} takes {fits} characters."]
