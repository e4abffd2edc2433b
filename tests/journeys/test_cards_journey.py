"""A host runs cards, groups and partners in a real browser, on a phone and on a desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from authorization.models import MobilityProvider, ProviderBlock, Token, TokenGroup
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.journeys import log_in
from tests.kit.world import tap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARDS = "uid,owner,group,valid\n04DEADBEEF01,Lee,residents,\n04DEADBEEF02,Mo,,perhaps\n"


@pytest.fixture
def base(world, transactional_db) -> Iterator[str]:
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=msp, uid="NLEMS42", canonical_uid="NLEMS42", whitelist="ALWAYS")
    for _ in range(3):
        tap(world.charger, "NLEMS42")
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (375, True)])
def test_a_host_runs_cards_groups_and_partners(chromium, base, world, tmp_path: Path, width, dark):
    file = tmp_path / "cards.csv"
    file.write_text(CARDS)
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)

        page.goto(f"{base}/authorization/tokens/")
        page.get_by_role("link", name="Import…").click()
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        assert browser.fits(page)
        page.get_by_role("button", name="Apply the right row").click()
        page.get_by_text("1 card added, 0 changed. 1 wrong row was left out.").wait_for()

        page.get_by_role("link", name="04DEADBEEF01", exact=True).click()
        assert browser.fits(page)
        page.get_by_role("link", name="Block…").click()
        assert browser.fits(page)
        page.get_by_label("Why").fill("Reported lost")
        page.get_by_role("button", name="Block the card").click()
        page.get_by_text("04DEADBEEF01 is blocked.").wait_for()

        page.goto(f"{base}/authorization/groups/add/")
        page.get_by_label("Name").fill("Staff")
        page.get_by_label("Sunset 1", exact=True).check()
        page.get_by_label("Mon", exact=True).check()
        assert browser.fits(page)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("“Staff” is saved.").wait_for()
        page.get_by_role("link", name="Delete…").click()
        assert browser.fits(page)
        page.get_by_role("button", name="Delete “Staff”").click()
        page.get_by_text("“Staff” is deleted.").wait_for()

        page.goto(f"{base}/authorization/providers/")
        page.get_by_label("Menu of Example eMSP").click()
        page.get_by_role("link", name="Block at Sunset Stays…").click()
        assert browser.fits(page)
        page.get_by_label("Why").fill("Invoices unpaid")
        page.get_by_role("button", name="Block Example eMSP").click()
        page.get_by_text("Example eMSP is blocked at Sunset Stays.").wait_for()

        page.goto(f"{base}/authorization/roaming/?q=NLEMS42")
        page.get_by_text("blocked by Sunset Stays", exact=True).wait_for()
        assert browser.fits(page)

        page.goto(f"{base}/authorization/decisions/")
        assert browser.fits(page)
        page.locator(".hits a").first.click()
        assert page.get_by_role("link", name="Why?").count() == 3

    assert Token.objects.get(canonical_uid="04DEADBEEF01").blocked_reason == "Reported lost"
    assert not TokenGroup.objects.filter(name="Staff").exists()
    assert ProviderBlock.objects.get().reason == "Invoices unpaid"
