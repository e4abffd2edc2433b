"""Models that agents write themselves: added, changed and deleted here, each time with an audit entry."""

from django.test import Client

from authorization.models import AuditEntry
from chargers.models import SettingTemplate
from tests.kit.admin import client, enrolled

__all__ = ["client", "enrolled"]


def test_it_lets_an_agent_write_a_template_of_settings_and_keeps_who_did(client: Client):
    fields = {"name": "Home 1.6", "family": "1.6", "vendor": "Example*", "model": "", "enabled": "on"}
    rows = {"settings-TOTAL_FORMS": "1", "settings-INITIAL_FORMS": "0"}
    setting = {"settings-0-key": "HeartbeatInterval", "settings-0-value": "300"}

    response = client.post("/admin/chargers/settingtemplate/add/", {**fields, **rows, **setting})

    assert response.status_code == 302, response.content.decode()
    template = SettingTemplate.objects.get()
    assert template.settings.get().value == "300"
    entry = AuditEntry.objects.get(verb="setting_template.added")
    assert entry.after["settings"] == {"HeartbeatInterval": "300"}
    row = template.settings.get()
    changed = {"settings-INITIAL_FORMS": "1", "settings-0-id": row.pk, "settings-0-template": template.pk}
    client.post(
        f"/admin/chargers/settingtemplate/{template.pk}/change/",
        {**fields, **rows, **setting, **changed, "settings-0-value": "600", "vendor": "Other*"},
    )
    entry = AuditEntry.objects.get(verb="setting_template.changed")
    assert (entry.before["settings"], entry.after["settings"]) == (
        {"HeartbeatInterval": "300"},
        {"HeartbeatInterval": "600"},
    )
    assert (entry.before["vendor"], entry.after["vendor"]) == ("Example*", "Other*")
    client.post(f"/admin/chargers/settingtemplate/{template.pk}/delete/", {"post": "yes"})
    assert not SettingTemplate.objects.exists()
    assert AuditEntry.objects.filter(verb="setting_template.deleted").exists()
