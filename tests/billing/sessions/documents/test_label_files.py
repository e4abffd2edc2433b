"""Labels of chargers as files: the charger's own, then one for each connector, with the logo of its host."""

from datetime import UTC, datetime

import pytest

from billing.branding import brands, logos
from billing.sessions.documents import label_files, label_sheets
from chargers.models import Charger, Evse, Property
from tests.kit import pdf
from tests.kit.world import make_charger

A4 = label_sheets.SHEETS["l7163"]


@pytest.fixture
def charger(world) -> Charger:
    Evse.objects.create(charger=world.charger, number=2)
    return world.charger


def labelled(charger: Charger, *, with_connectors: bool) -> list[int | None]:
    return [label.connector for label in label_files.of_charger(charger, with_connectors=with_connectors)]


def test_the_chargers_own_label_comes_first(charger):
    assert labelled(charger, with_connectors=True) == [None, 1, 2]
    assert labelled(charger, with_connectors=False) == [None]


def test_a_sheet_has_the_labels_of_all_chargers_and_leaves_out_those_used_before(charger, world):
    other = make_charger(world.site, "CP2", station_id="SUN002")

    text = pdf.text(label_files.sheet([charger, other], sheet=A4, skip=0, with_connectors=True))
    full = label_files.sheet([charger] * 5, sheet=A4, skip=A4.count, with_connectors=True)
    shifted = label_files.sheet([charger], sheet=A4, skip=A4.count - 1, with_connectors=True)

    assert (text.count("SUN001"), text.count("SUN002")) == (3, 2)
    assert full.count(b"/Type /Page\n") == 2, "a whole sheet that was used is no sheet"
    assert shifted.count(b"/Type /Page\n") == 2
    assert "SUN001" in pdf.text(label_files.render_charger_pdf(charger))


def test_a_hosts_logo_is_on_the_labels_of_its_own_chargers_alone(charger, world):
    elsewhere = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="lake-1", name="Lake 1", time_zone="America/New_York"
    )
    other = make_charger(elsewhere, "CP9", station_id="LAK001")
    bare = label_files.sheet([charger], sheet=A4, skip=0, with_connectors=False)
    picture = label_files.labels.png(label_files.labels.Label("SUN001", "Sunset 1"))
    brands.set_logo(world.host, logos.read(picture), now=datetime.now(tz=UTC))
    charger = Charger.objects.get(pk=charger.pk)

    with_logo = label_files.sheet([charger, other], sheet=A4, skip=0, with_connectors=False)

    assert (bare.count(b"/Subtype /Image"), with_logo.count(b"/Subtype /Image") > 0) == (0, True)
