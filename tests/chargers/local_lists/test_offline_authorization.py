"""Which chargers may let a card in while they cannot ask."""

from datetime import UTC, datetime

import pytest

from chargers.local_lists import offline_authorization
from chargers.models import LocalList, Variable

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        ({}, "has not reported whether it keeps a list or a cache of cards"),
        ({("", "AuthorizationCacheEnabled"): "true"}, "keeps a cache of cards"),
        (
            {("", "LocalAuthListEnabled"): "true", ("", "AuthorizationCacheEnabled"): "True"},
            "keeps a local list and a cache of cards",
        ),
        ({("LocalAuthListCtrlr", "Enabled"): "true"}, "keeps a local list"),
        ({("", "AllowOfflineTxForUnknownId"): "true"}, "accepts any card while it is offline"),
        ({("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): "true"}, "accepts any card while it is offline"),
        ({("", "LocalAuthorizeOffline"): "false", ("", "LocalAuthListEnabled"): "true"}, ""),
        ({("", "LocalAuthListEnabled"): "false", ("", "AuthorizationCacheEnabled"): "false"}, ""),
        ({("OtherCtrlr", "Enabled"): "true"}, "has not reported whether it keeps a list or a cache of cards"),
        ({("", "AuthorizationCacheEnabled"): None}, "has not reported whether it keeps a list or a cache of cards"),
    ],
)
def test_it_reads_the_settings_of_every_version(charger, settings, how):
    for (component, name), value in settings.items():
        Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)

    assert [memory.how for memory in offline_authorization.chargers_accepting([charger])] == ([how] if how else [])


def test_it_counts_the_cards_on_the_list_that_the_charger_took(charger):
    Variable.objects.create(charger=charger, name="LocalAuthListEnabled", value="true", reported_at=NOW)
    Variable.objects.create(charger=charger, name="AuthorizationCacheEnabled", value="false", reported_at=NOW)
    LocalList.objects.create(charger=charger, version=3, entries={"04a1b2c3": {"status": "Accepted"}}, accepted_at=NOW)

    listed = offline_authorization.chargers_accepting([charger], canonical_uid="04A1B2C3")
    other = offline_authorization.chargers_accepting([charger], canonical_uid="FFFFFFFF")

    assert [memory.how for memory in listed] == ["has this card on its local list"]
    assert other == []
