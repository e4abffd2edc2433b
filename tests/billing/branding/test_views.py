"""Settings: one place that leads to everything of the company, its people and the own sign-in."""

import io
import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from authorization.models import ApiKey, AuditEntry
from billing.models import Branding, GuestDomain
from tests.kit.logging_in import after_log_in
from tests.kit.page_text import text_of
from tests.kit.world import PASSWORD, World, make_user

pytestmark = pytest.mark.django_db


def test_the_account_menu_leads_to_it_and_it_leads_everywhere(world: World, client_of):
    client = client_of(world.owner)
    assert '<a href="/settings/">Settings</a>' in client.get("/chargers/").content.decode()

    page = client.get("/settings/").content.decode()

    for address in (
        "/company/sunset/", "/settings/branding/sunset/", "/people/sunset/", "/people/sunset/#outsiders",
        "/settings/api-keys/sunset/", "/connections/sunset/", "/payouts/sunset/accounts/", "/accounts/email/",
        "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/",
    ):  # fmt: skip
        assert f'href="{address}"' in page, address
        assert client.get(address.partition("#")[0], follow=True).status_code == 200, address


def test_it_offers_only_what_the_role_may_open(world: World, client_of):
    operator = make_user("operator@example.com", world.host, "operator")
    page = client_of(operator).get("/settings/").content.decode()

    assert "/people/sunset/" in page
    assert "/settings/api-keys/sunset/" not in page
    assert "/company/sunset/" not in page
    assert "Sunset Stays" not in text_of(client_of(world.stranger).get("/settings/"))


def test_a_colour_that_cannot_be_read_and_a_file_that_is_no_picture_are_refused_with_the_reason(world, client_of):
    wrong = SimpleUploadedFile("logo.png", b"<svg/>", content_type="image/png")

    page = text_of(client_of(world.owner).post("/settings/branding/sunset/", {"colour": "#ffd400", "logo": wrong}))

    assert "#ffd400 is too light: white text on it has a contrast of 1.3" in page
    assert "This is no picture that can be read" in page
    assert not Branding.objects.exists()


def test_a_key_is_shown_once_works_and_is_revoked(world: World, client_of, client):
    owner = after_log_in(world.owner)

    page = owner.post(
        "/settings/api-keys/sunset/", {"name": "Our ERP", "scopes": ["operate"], "lasts_days": "90"}
    ).content.decode()

    key = ApiKey.objects.get()
    text = page.partition('<code id="key" class="wrap">')[2].partition("</code>")[0]
    header = {"authorization": f"Api-Key {text}"}
    assert client.get("/api/v1/chargers/", headers=header).status_code == 200
    assert text not in owner.get("/settings/api-keys/sunset/").content.decode()
    assert key.made_by == world.owner

    owner.post(f"/settings/api-keys/sunset/{key.prefix}/revoke/")

    assert client.get("/api/v1/chargers/", headers=header).status_code in {401, 403}
    verbs = AuditEntry.objects.filter(subject_id=key.prefix).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["api_key.made", "api_key.revoked"]


def test_only_an_owner_makes_keys(world: World, client_of):
    manager = make_user("manager@example.com", world.host, "manager")
    for user in (manager, world.teammate, world.stranger):
        assert (
            after_log_in(user).post("/settings/api-keys/sunset/", {"name": "x", "lasts_days": "30"}).status_code == 404
        )
    assert not ApiKey.objects.exists()


def log_in(email: str) -> Client:
    client = Client(headers={"user-agent": "Firefox"})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def test_somebody_logs_out_everywhere_else(world: World):
    here, there = log_in("owner@example.com"), log_in("owner@example.com")
    page = text_of(here.get("/accounts/sessions/"))
    assert page.count("Firefox") == 2
    assert page.count("This one") == 1

    here.post("/accounts/sessions/")

    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302


def test_a_forgotten_password_is_reset_by_mail(world: World):
    assert "Forgot password?" in Client().get("/accounts/login/").content.decode()
    Client().post("/accounts/password/reset/", {"email": "owner@example.com"})
    link = next(word for word in mail.outbox[0].body.split() if "/accounts/password/reset/key/" in word)

    visitor = Client()
    form = visitor.get(link.partition("8000")[2] or link, follow=True)
    visitor.post(
        form.redirect_chain[-1][0], {"password1": "another horse battery", "password2": "another horse battery"}
    )

    client = Client()
    client.post("/accounts/login/", {"login": "owner@example.com", "password": "another horse battery"})
    assert client.get("/settings/").status_code == 200


def test_a_reload_makes_no_second_key(world, client_of):
    owner = after_log_in(world.owner)
    form_id = re.search(r'name="form_id" value="([^"]+)"', owner.get("/settings/api-keys/sunset/").text)[1]

    for _ in range(2):
        answer = owner.post(
            "/settings/api-keys/sunset/",
            {"name": "Our ERP", "scopes": ["operate"], "lasts_days": "90", "form_id": form_id},
        )

    assert answer.status_code == 302
    assert ApiKey.objects.filter(name="Our ERP").count() == 1


def test_a_domain_is_claimed_checked_and_removed(world, client_of, settings):
    client, page = client_of(world.owner), "/settings/branding/sunset/"
    settings.PUBLIC_BASE_URL = "https://charging.example"

    refused = client.post(f"{page}domain/", {"name": "*.hotel.example"}, follow=True)
    assert "Write one name instead of *" in refused.text
    claimed = client.post(f"{page}domain/", {"name": "Läden.hotel.example"}, follow=True)
    assert "läden.hotel.example is noted. Next, let it lead here." in claimed.text
    assert '<span class="mono">charging.example</span>' in claimed.text
    assert "https://xn--lden-loa.hotel.example" in claimed.text
    checked = client.post(f"{page}domain/", {"check": "1"}, follow=True)
    assert "Does its DNS entry lead here" in checked.text
    removed = client.post(f"{page}domain/", {"remove": "1"}, follow=True)
    assert "Use this domain" in removed.text

    verbs = AuditEntry.objects.filter(host=world.host).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["host.guest_domain_claimed", "host.guest_domain_removed"]


def test_who_does_not_manage_the_host_changes_no_domain(world, client_of):
    for person in (world.teammate, world.stranger):
        answer = client_of(person).post("/settings/branding/sunset/domain/", {"name": "charge.hotel.example"})
        assert answer.status_code == 404
    assert not GuestDomain.objects.exists()


def test_a_proxy_asks_whether_it_may_get_a_certificate(world, client_of):
    client_of(world.owner).post("/settings/branding/sunset/domain/", {"name": "charge.hotel.example"})

    assert Client().get("/guest-domains/ask?domain=Charge.hotel.example").status_code == 200
    assert Client().get("/guest-domains/ask?domain=other.example").status_code == 404
    assert Client().get("/guest-domains/ask").status_code == 404


def test_a_preview_shows_what_was_typed_and_saves_nothing_until_it_is_saved(world, client_of):
    client, page = client_of(world.owner), "/settings/branding/sunset/"
    out = io.BytesIO()
    Image.new("RGB", (60, 20), "#006633").save(out, format="PNG")
    logo = SimpleUploadedFile("logo.png", out.getvalue(), content_type="image/png")

    preview = client.post(page, {"colour": "#006633", "logo": logo, "preview": "1"}).text

    assert not Branding.objects.exists()
    assert "Light pages: #006633 has a contrast of" in preview
    assert "Dark pages: " in preview
    assert "SUN001" in preview
    assert 'src="data:image/png;base64,' in preview
    sheet = client.get(f"{page}preview/colours.css?colour=%23006633").text
    assert ".brand-light{--accent:#006633" in sheet
    mail_page = client.get(f"{page}preview/mail/?colour=%23006633")
    assert "#006633" in mail_page.text
    assert mail_page["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in mail_page["Content-Security-Policy"]

    kept = re.search(r'name="previewed_logo" value="([^"]+)"', preview).group(1)
    client.post(page, {"colour": "#006633", "previewed_logo": kept})
    assert Branding.objects.get().logo_width == 60


def test_a_colour_that_cannot_be_read_has_no_preview_and_the_page_says_why(world, client_of):
    client = client_of(world.owner)
    answer = client.post("/settings/branding/sunset/", {"colour": "#ffd400", "preview": "1"}).text

    assert "has a contrast of 1.3, and at least 4.5 is needed" in answer
    assert 'id="preview"' not in answer
    assert client.get("/settings/branding/sunset/preview/mail/?colour=%23ffd400").status_code == 404


@pytest.mark.parametrize("kept", ["not base64!", "aGVsbG8="])
def test_a_logo_that_did_not_come_from_a_preview_is_refused(world, client_of, kept):
    client_of(world.owner).post("/settings/branding/sunset/", {"colour": "#006633", "previewed_logo": kept})

    assert not Branding.objects.exists()
