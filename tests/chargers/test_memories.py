"""Which chargers may let a card in while they cannot ask."""

from datetime import UTC, datetime

import pytest

from chargers import memories
from chargers.models import Variable

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        ({}, "has not told us whether it keeps a list or a cache of cards"),
        ({("", "AuthorizationCacheEnabled"): "true"}, "keeps a cache of cards"),
        (
            {("", "LocalAuthListEnabled"): "true", ("", "AuthorizationCacheEnabled"): "True"},
            "keeps a local list and a cache of cards",
        ),
        ({("LocalAuthListCtrlr", "Enabled"): "true"}, "keeps a local list"),
        ({("", "AllowOfflineTxForUnknownId"): "true"}, "takes any card while it is offline"),
        ({("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): "true"}, "takes any card while it is offline"),
        ({("", "LocalAuthorizeOffline"): "false", ("", "LocalAuthListEnabled"): "true"}, ""),
        ({("", "LocalAuthListEnabled"): "false", ("", "AuthorizationCacheEnabled"): "false"}, ""),
        ({("OtherCtrlr", "Enabled"): "true"}, "has not told us whether it keeps a list or a cache of cards"),
        ({("", "AuthorizationCacheEnabled"): None}, "has not told us whether it keeps a list or a cache of cards"),
    ],
)
def test_it_reads_the_settings_of_every_version(charger, settings, how):
    for (component, name), value in settings.items():
        Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)

    assert [memory.how for memory in memories.of([charger])] == ([how] if how else [])
