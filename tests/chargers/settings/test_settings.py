"""A charger's settings as the portal deals with them: shown, compared, changed; templates and contradictions."""

from datetime import UTC, datetime

import pytest

from chargers.models import Command, SettingTemplate, WantedSetting
from tests.kit.configuration_pages import page, told

__all__ = ["told"]
PAGE = "/chargers/CP1/configuration/"
NOW = datetime.now(tz=UTC)


def test_it_warns_of_a_contradiction_and_mends_it(told, client_of):
    told.site.access = "private"
    told.site.save()
    client = client_of(told.owner)
    assert "AuthorizationCacheEnabled</strong> is" in page(client)
    assert "1 setting of the charger contradicts the portal" in " ".join(
        client.get("/chargers/CP1/").content.decode().split()
    )

    client.post(PAGE, {"step": "mend", "key": "AuthorizationCacheEnabled"})

    assert Command.objects.get().payload == {"key": "AuthorizationCacheEnabled", "value": "false"}


def test_it_mends_nothing_that_contradicts_nothing(told, client_of):
    client_of(told.owner).post(PAGE, {"step": "mend", "key": "HeartbeatInterval"})

    assert not Command.objects.exists()


@pytest.fixture
def template():
    made = SettingTemplate.objects.create(name="Home 1.6", family="1.6", vendor="example*", model="home ??")
    wanted = {"HeartbeatInterval": "900", "AuthorizationCacheEnabled": "True", "NumberOfConnectors": "2", "New": "x"}
    for key, value in wanted.items():
        WantedSetting.objects.create(template=made, key=key, value=value)
    return made


def test_it_compares_with_a_template_and_applies_it(told, client_of, template):
    client = client_of(told.owner)
    assert "3 settings differ from template “Home 1.6”" in page(client)

    client.post(PAGE, {"step": "apply", "template": template.pk})

    sent = {command.payload["key"]: command.payload["value"] for command in Command.objects.all()}
    assert sent == {"HeartbeatInterval": "900", "New": "x"}


@pytest.mark.parametrize("other", [{"family": "2.x"}, {"vendor": "Other*"}, {"model": "Home"}, {"enabled": False}])
def test_it_leaves_out_templates_of_other_kinds(told, client_of, template, other):
    SettingTemplate.objects.update(**other)

    assert "Home 1.6" not in page(client_of(told.owner))
    assert client_of(told.owner).post(PAGE, {"step": "apply", "template": template.pk}).status_code == 404
