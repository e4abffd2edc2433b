import pytest

from chargers.protocol.frames import Version
from chargers.settings import setting_conflicts
from chargers.settings.setting_conflicts import Portal, ReportedSetting

PRIVATE = Portal(is_private=True, asks_providers=False)
GUESTS = Portal(is_private=False, asks_providers=False)
ROAMING = Portal(is_private=False, asks_providers=True)
REGISTER = "Energy.Active.Import.Register"
PAIRS = [
    ("AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true", "false"),
    ("StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId", "False", "true"),
    ("AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "TRUE", "false"),
    ("LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize", " true ", "false"),
    ("LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "true", "false"),
    ("AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart", "true", "false"),
    ("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", "0", "60"),
    ("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", "3600", "60"),
    ("MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands", "SoC", f"{REGISTER},SoC"),
    ("MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands", "", REGISTER),
    ("HeartbeatInterval", "OCPPCommCtrlr.HeartbeatInterval", "0", "300"),
    ("HeartbeatInterval", "OCPPCommCtrlr.HeartbeatInterval", "86400", "300"),
    ("WebSocketPingInterval", "OCPPCommCtrlr.WebSocketPingInterval", "0", "60"),
]
CASES = [(Version.V16, old, bad, wanted) for old, _, bad, wanted in PAIRS]
CASES += [(version, new, bad, wanted) for _, new, bad, wanted in PAIRS for version in (Version.V201, Version.V21)]
CASES += [
    (Version.V201, "SampledDataCtrlr.TxEndedMeasurands", "Voltage", f"{REGISTER},Voltage"),
    (Version.V21, "SampledDataCtrlr.TxStartedMeasurands", "", REGISTER),
]


@pytest.mark.parametrize(("version", "key", "value", "wanted"), CASES)
def test_it_warns_of_a_contradiction_and_names_the_value_that_mends_it(version, key, value, wanted):
    (found,) = setting_conflicts.of_settings({key: ReportedSetting(value)}, PRIVATE, version=version)

    assert (found.key, found.value, found.right_value) == (key, value, wanted)
    assert found.means.endswith(".")
    assert found.todo.endswith(".")
    assert setting_conflicts.of_settings({key: ReportedSetting(wanted)}, PRIVATE, version=version) == ()


@pytest.mark.parametrize("key", ["AuthorizationCacheEnabled", "LocalPreAuthorize", "LocalAuthListEnabled"])
def test_it_lets_a_charger_decide_by_itself_where_neither_own_cards_only_nor_a_partner_is_promised(key):
    told = {key: ReportedSetting("true")}

    assert setting_conflicts.of_settings(told, ROAMING, version=Version.V16)
    assert setting_conflicts.of_settings(told, GUESTS, version=Version.V16) == ()


def test_it_offers_no_change_of_what_is_read_only():
    (found,) = setting_conflicts.of_settings(
        {"HeartbeatInterval": ReportedSetting("0", can_change=False)}, GUESTS, version=Version.V16
    )

    assert found.right_value is None
    assert "installer" in found.todo


@pytest.mark.parametrize("value", ["", "soon", "1e999", "NaN"])
def test_it_says_nothing_of_a_value_that_is_no_number(value):
    assert (
        setting_conflicts.of_settings({"HeartbeatInterval": ReportedSetting(value)}, PRIVATE, version=Version.V16) == ()
    )


def test_it_says_nothing_of_a_setting_that_was_not_told():
    assert setting_conflicts.of_settings({}, PRIVATE, version=Version.V21) == ()
    assert (
        setting_conflicts.of_settings({"AuthCacheCtrlr.Enabled": ReportedSetting("true")}, PRIVATE, version=Version.V16)
        == ()
    )


def test_it_puts_the_gravest_first():
    told = {"HeartbeatInterval": ReportedSetting("0"), "AllowOfflineTxForUnknownId": ReportedSetting("true")}

    found = [one.key for one in setting_conflicts.of_settings(told, PRIVATE, version=Version.V16)]

    assert found == ["AllowOfflineTxForUnknownId", "HeartbeatInterval"]
