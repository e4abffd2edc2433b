"""Connects a mobility provider by OCPI: the credentials handshake, or its repeat with new tokens."""

import json

import pytest
from django.core.management import call_command

from billing.models import RoamingConnection
from tests.billing.roaming.conftest import host, msp, ours, partner
from tests.kit.handshake import versions_url

__all__ = ["host", "msp", "ours", "partner"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_commands_connect_and_invite(ours, msp, partner, capsys):
    call_command("ocpi_connect", msp="NL-EMS")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["step"] for line in lines] == ["versions", "version_details", "credentials", "registered"]
    assert all(line["ok"] for line in lines)

    RoamingConnection.objects.all().delete()
    call_command("ocpi_token", msp="NL-EMS")
    token = capsys.readouterr().out.strip()
    assert partner.register(versions_url(ours), token_a=token).json()["status_code"] == 1000


def test_the_command_ends_with_1_where_a_step_failed(ours, msp, partner, capsys):
    partner.faults["/ocpi/versions"] = ["500"]
    with pytest.raises(SystemExit) as ended:
        call_command("ocpi_connect", msp="NL-EMS")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"] is False
