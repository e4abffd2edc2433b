"""Which settings let a charger decide by itself, as it reported them."""

import pytest

from chargers.protocol.frames import Version
from chargers.settings import charger_decision_settings


def checked(kind, version=Version.V16, **reported):
    return {read.key: read for read in charger_decision_settings.to_check(kind, reported, version=version)}


def test_a_value_with_which_it_decides_alone_is_named_with_the_right_one():
    reads = checked("started_against", LocalPreAuthorize="true", StopTransactionOnInvalidId=" True ")

    assert (reads["LocalPreAuthorize"].value, reads["LocalPreAuthorize"].right_value) == ("true", "false")
    assert reads["StopTransactionOnInvalidId"].right_value == "", "right, however it is written"
    assert (reads["AuthorizationCacheEnabled"].value, reads["AuthorizationCacheEnabled"].right_value) == (None, "")


def test_a_setting_that_the_version_does_not_have_is_left_out():
    assert "AuthCtrlr.DisableRemoteAuthorization" in checked("started_without", Version.V201)
    assert set(checked("started_without")) == {
        "LocalPreAuthorize", "AuthorizationCacheEnabled", "LocalAuthListEnabled", "StopTransactionOnInvalidId",
    }  # fmt: skip


def test_a_list_that_is_used_is_no_mistake_whatever_its_value():
    assert checked("started_offline", LocalAuthListEnabled="true")["LocalAuthListEnabled"].right_value == ""


def test_an_act_that_nobody_knows_has_nothing_to_check():
    assert charger_decision_settings.to_check("sideways", {}, version=Version.V16) == ()


@pytest.mark.parametrize("name", ["LocalPreAuthorize", "Enabled", "DisableRemoteAuthorization", "EVConnectionTimeOut"])
def test_every_variable_that_is_looked_at_is_read(name):
    assert name in charger_decision_settings.NAMES
    assert "" not in charger_decision_settings.NAMES
