"""Passkeys: added, used instead of a password and beside one, renamed and removed, with a browser's virtual device."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from playwright.sync_api import Page

from authorization.models import User
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.logging_in import by_password
from tests.kit.world import PASSWORD

LIST = "/accounts/2fa/webauthn/"
_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def base(world, transactional_db) -> Iterator[str]:
    """At a name: a passkey cannot belong to an address of numbers."""
    with gateways.running(more={"PUBLIC_BASE_URL": "http://localhost"}) as gateway:
        yield f"http://localhost:{gateway.port}"


def with_device(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})


def log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("E-mail address").fill("owner@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page, base: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_a_host_logs_in_with_a_passkey(chromium, base, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        with_device(page)
        log_in(page, base)
        page.goto(f"{base}/settings/")
        page.get_by_role("link", name="Passkeys").click()
        assert browser.fits(page)
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("Phone")
        assert browser.fits(page)
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_text("The passkey is added.").wait_for()

        log_out(page, base)
        assert browser.fits(page)
        page.get_by_role("button", name="Log in with a passkey").click()
        page.get_by_role("heading", name="Home").wait_for()

        log_out(page, base)
        log_in(page, base)
        page.get_by_role("heading", name="Enter a code").wait_for()
        assert browser.fits(page)
        page.get_by_role("button", name="Use your passkey instead").click()
        page.get_by_role("heading", name="Home").wait_for()

        page.goto(f"{base}{LIST}")
        page.get_by_role("link", name="Rename Phone").click()
        page.get_by_label("Name").fill("Old phone")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Rename Old phone").wait_for()
        page.get_by_role("link", name="Remove… Old phone").click()
        assert browser.fits(page)
        page.get_by_role("button", name="Remove it").click()
        page.get_by_text("You have none yet.").wait_for()

        log_out(page, base)
        log_in(page, base)
        page.get_by_role("heading", name="Home").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_device_that_nobody_touches_is_explained_and_the_password_still_works(chromium, base):
    with browser.page(chromium, width=375) as page:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        page.goto(f"{base}/accounts/login/")
        page.get_by_role("button", name="Log in with a passkey").click()
        session.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
        page.get_by_text("No passkey was used").wait_for()
        assert browser.fits(page)
        log_in(page, base)
        page.get_by_role("heading", name="Home").wait_for()


def confirmed(user: User) -> Client:
    client = by_password(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.django_db
def test_without_scripts_the_page_says_what_it_needs(world):
    page = confirmed(world.owner).get(f"{LIST}add/").content.decode()

    assert "This needs a browser that knows passkeys" in page
    assert "data-passkeys hidden" in page
    assert "data-passkeys hidden" in Client().get("/accounts/login/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("credential", ["", "null", "[]", "{", '{"id": 1}', '{"rawId": "AA", "response": {}}', "\x00"])
def test_a_made_up_credential_logs_nobody_in(world, credential):
    client = Client(raise_request_exception=True)
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert answer.status_code in {302, 400}
    if answer.status_code == 302:
        page = client.get("/accounts/login/").content.decode()
        assert any(one in page for one in ("passkey was not accepted", "field is required", "valid JSON"))
    assert "_auth_user_id" not in client.session
    assert not Authenticator.objects.exists()


@pytest.mark.django_db
def test_a_passkey_of_somebody_else_is_not_found(world):
    row = Authenticator.objects.create(user=world.teammate, type="webauthn", data={"name": "Theirs", "credential": {}})
    client = confirmed(world.owner)

    assert client.get(f"{LIST}keys/{row.pk}/remove/").status_code == 404
    assert client.post(f"{LIST}keys/{row.pk}/edit/", {"name": "Mine"}).status_code == 404
