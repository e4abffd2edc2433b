"""The style guide: only where it is set, for who is logged in; it shows what the sheet has."""

import re

import pytest
from django.conf import settings as django_settings

PAGE = "/styleguide/"


def test_it_is_shown_where_it_is_set(world, client_of):
    text = client_of(world.owner).get(PAGE).content.decode()

    for part in ("colour", "type", "icons", "buttons", "states", "notices", "forms", "tiles", "tables", "charts"):
        assert f'id="{part}"' in text
    assert text.count("<svg") > 20


def test_it_is_not_there_elsewhere(world, client_of, settings):
    settings.STYLE_GUIDE = False

    assert client_of(world.owner).get(PAGE).status_code == 404


@pytest.mark.parametrize("file", ["static/portal.css"])
def test_every_colour_of_it_is_one_of_the_sheet(world, client_of, file):
    sheet = (django_settings.BASE_DIR / file).read_text()
    text = client_of(world.owner).get(PAGE).content.decode()

    named = set(re.findall(r"<code>--([a-z-]+)</code>", text))

    assert len(named) > 15
    assert {name for name in named if f"--{name}:" not in sheet} == set()


def test_every_icon_of_the_sprite_is_shown(world, client_of):
    sprite = (django_settings.BASE_DIR / "static/vendor/lucide/icons.svg").read_text()
    text = client_of(world.owner).get(PAGE).content.decode()

    assert set(re.findall(r'id="([a-z-]+)"', sprite)) == set(re.findall(r"icons\S*svg#([a-z-]+)\"/></svg><code>", text))
