"""Log-in, forgotten passwords and one's own address: nobody is locked out, nothing counts that no link confirmed."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail, signing
from django.test import Client

from authorization.models import AccessGrant, Token, User
from authorization.people import access, members
from authorization.people.members import Outsider
from billing.models import DriverToken
from billing.sessions.drivers import accounts, driver_tokens
from tests.kit.address_pages import _fresh
from tests.kit.logging_in import after_log_in, by_password
from tests.kit.world import PASSWORD, World

__all__ = ["_fresh"]
NOW = datetime.now(tz=UTC)
LOG_IN, FORGOT, ADDRESS = "/accounts/login/", "/accounts/password/reset/", "/accounts/email/"
NEW_PASSWORD = "a whole new horse"
ATTACKER, HOME = "203.0.113.7", "198.51.100.20"


def log_in(email: str, password: str = PASSWORD, *, address: str = HOME, client: Client | None = None) -> bool:
    client = client or Client()
    client.post(LOG_IN, {"login": email, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in client.session


def link_in(text: str) -> str:
    return re.search(r"https?://[^/]+(/\S+)", text)[1]


def main_of(response) -> str:
    """What a page says, without the token of its forms."""
    text = response.content.decode()
    return re.sub(r'value="\w{64}"', "", text[text.index("<main") :])


def owner_client(world: World) -> Client:
    client = Client()
    assert log_in("owner@example.com", client=client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_it_offers_a_way_back_to_who_forgot_the_password(world):
    assert f'href="{FORGOT}"' in Client().get(LOG_IN).content.decode()


def choose(link: str, password: str) -> Client:
    """As a browser does: the link leads on to the form, which is sent."""
    client = Client()
    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else link
    client.post(form, {"password1": password, "password2": password}, REMOTE_ADDR=HOME)
    return client


def test_it_sets_a_new_password_by_a_link_that_works_once(world):
    Client().post(FORGOT, {"email": "Owner@example.com"})
    link = link_in(mail.outbox[0].body)

    choose(link, NEW_PASSWORD)
    choose(link, "another horse altogether")

    assert mail.outbox[0].to == ["owner@example.com"]
    assert log_in("owner@example.com", NEW_PASSWORD)
    assert not log_in("owner@example.com", "another horse altogether")


def test_it_says_the_same_for_an_address_that_nobody_has(world):
    known = Client().post(FORGOT, {"email": "owner@example.com"}, follow=True)
    unknown = Client().post(FORGOT, {"email": "nobody@example.com"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert main_of(known) == main_of(unknown)
    assert "No account has this address" in mail.outbox[1].body


def test_it_writes_reset_links_with_the_configured_address(world, settings):
    settings.PUBLIC_BASE_URL = "https://charging.example"
    settings.ALLOWED_HOSTS = ["*"]

    Client().post(FORGOT, {"email": "owner@example.com"}, HTTP_HOST="localhost:6666")
    Client().post(FORGOT, {"email": "nobody@example.com"}, HTTP_HOST="localhost:6666")

    assert "https://charging.example/accounts/password/reset/key/" in mail.outbox[0].body
    assert [letter for letter in mail.outbox if "6666" in letter.body + letter.subject] == []


def test_it_answers_as_always_while_the_mail_server_is_away(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert Client().post(FORGOT, {"email": "owner@example.com"}).status_code == 302


def test_wrong_passwords_lock_out_their_source_and_not_the_owner(world):
    answers = [log_in("owner@example.com", f"guess {n}", address=ATTACKER) for n in range(6)]

    assert answers == [False] * 6
    assert not log_in("owner@example.com", address=ATTACKER), "even with the right password"
    assert log_in("owner@example.com", address=HOME)


def test_it_says_how_long_to_wait_after_too_many_wrong_passwords(world):
    client, wrong = Client(), {"login": "owner@example.com", "password": "wrong wrong"}
    pages = [client.post(LOG_IN, wrong, REMOTE_ADDR=ATTACKER).content.decode() for _ in range(12)]

    assert "Try again in" not in pages[4]
    assert "Try again in 5 minutes, or choose a new password" in pages[5]
    assert "Try again in 5 minutes, or choose a new password" in pages[11], "no shorter wait of another limit"


def test_it_says_how_long_to_wait_after_wrong_passwords_for_many_accounts(world):
    client = Client()
    pages = [
        client.post(LOG_IN, {"login": f"a{n}@example.com", "password": "x"}, REMOTE_ADDR=ATTACKER).content.decode()
        for n in range(11)
    ]

    assert "Try again in 1 minute." in pages[10]


def test_wrong_passwords_from_everywhere_do_not_lock_out_a_browser_that_is_known(world):
    client = owner_client(world)
    client.post("/accounts/logout/")
    for n in range(101):
        log_in("owner@example.com", f"guess {n}", address=f"10.77.0.{n}")

    assert not log_in("owner@example.com", address="10.78.0.1"), "an unknown browser waits"
    assert log_in("owner@example.com", address=ATTACKER, client=client)


def test_wrong_passwords_of_a_shared_address_do_not_lock_out_a_browser_that_is_known(world):
    client = owner_client(world)
    client.post("/accounts/logout/")
    for n in range(35):
        log_in(f"nobody{n}@example.com", "a guess", address=HOME)

    assert log_in("owner@example.com", address=HOME, client=client)


def test_a_browser_known_for_one_account_is_unknown_for_another(world):
    client = owner_client(world)
    client.post("/accounts/logout/")
    tries = [log_in("stranger@example.com", f"guess {n}", address=ATTACKER, client=client) for n in range(6)]

    assert tries == [False] * 6
    assert log_in("stranger@example.com", address=HOME)


def test_a_password_reset_lifts_the_lock(world):
    for n in range(6):
        log_in("owner@example.com", f"guess {n}", address=HOME)
    Client().post(FORGOT, {"email": "owner@example.com"})

    choose(link_in(mail.outbox[0].body), NEW_PASSWORD)

    assert log_in("owner@example.com", NEW_PASSWORD, address=HOME)


def test_a_reset_of_an_address_that_nobody_had_confirmed_takes_away_what_others_left(world):
    """By an invitation, or a company's log-in, somebody else could have had the account until then."""
    for user, confirmed_at in ((world.owner, None), (world.teammate, NOW)):
        User.objects.filter(pk=user.pk).update(email_confirmed_at=confirmed_at)
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
        SocialAccount.objects.create(user=user, provider="x", uid=user.email)
        mail.outbox.clear()
        Client().post(FORGOT, {"email": user.email})
        choose(link_in(mail.outbox[0].body), NEW_PASSWORD)

    assert [one.user for one in Authenticator.objects.all()] == [world.teammate]
    assert [one.user for one in SocialAccount.objects.all()] == [world.teammate]


def test_it_changes_an_address_only_once_its_link_was_opened(world):
    client = owner_client(world)

    client.post(ADDRESS, {"email": "new@example.com"})
    before = User.objects.get(pk=world.owner.pk).email
    link = link_in(mail.outbox[0].body)
    looked = client.get(link)
    client.post(link)

    assert (before, mail.outbox[0].to, looked.status_code) == ("owner@example.com", ["new@example.com"], 200)
    assert User.objects.get(pk=world.owner.pk).email == "new@example.com"
    assert client.post(link).status_code == 404
    assert "used already" in client.get(link).content.decode()


def test_the_present_address_hears_of_a_change_when_it_is_asked_for_and_when_it_is_done(world, settings):
    settings.SUPPORT_EMAIL = "help@charging.example"
    client = owner_client(world)

    client.post(ADDRESS, {"email": "new@example.com"})
    client.post(link_in(mail.outbox[0].body))

    asked, done = [letter for letter in mail.outbox if letter.to == ["owner@example.com"]]
    assert "from owner@example.com to new@example.com. Nothing changes until the link" in asked.body
    assert "was changed from owner@example.com to new@example.com" in done.body
    for letter in (asked, done):
        assert "help@charging.example" in letter.body
        assert "/accounts/password/change/" in letter.body
        assert link_in(mail.outbox[0].body) not in letter.body


def test_it_answers_the_same_for_an_address_that_somebody_has(world):
    client = owner_client(world)

    client.get(ADDRESS)

    taken = main_of(client.post(ADDRESS, {"email": "stranger@example.com"}, follow=True))
    free = main_of(client.post(ADDRESS, {"email": "nobody@example.com"}, follow=True))

    assert taken.replace("stranger@", "") == free.replace("nobody@", "")
    assert "has an account of its own" in mail.outbox[0].body
    assert "/accounts/email/" not in mail.outbox[0].body


def test_a_link_to_an_address_that_was_taken_meanwhile_changes_nothing(world):
    client = owner_client(world)
    client.post(ADDRESS, {"email": "new@example.com"})
    User.objects.create(email="new@example.com")

    answer = client.post(link_in(mail.outbox[0].body))

    assert (answer.status_code, User.objects.get(pk=world.owner.pk).email) == (404, "owner@example.com")


def test_nobody_makes_an_unconfirmed_address_primary(world):
    """As it was done: allauth's page added an address and made it primary."""
    client = owner_client(world)

    client.post(ADDRESS, {"email": "kim@example.com", "action_add": ""})
    client.post(ADDRESS, {"email": "kim@example.com", "action_primary": ""})
    pages = [client.get("/accounts/confirm-email/"), client.post("/accounts/confirm-email/MQ:abc/")]

    assert User.objects.get(pk=world.owner.pk).email == "owner@example.com"
    assert [page.status_code for page in pages] == [404, 404]


def test_a_link_that_was_tampered_with_changes_nothing(world):
    forged = signing.dumps([world.owner.pk, "owner@example.com", "evil@example.com"], salt="something else")

    assert Client().post(f"{ADDRESS}{forged}/").status_code == 404


def test_an_unconfirmed_address_claims_nobody_s_card(world):
    Token.objects.filter(pk=world.member.pk).update(owner="kim@example.com")
    user = User.objects.create_user("kim@example.com", PASSWORD, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=NOW)

    with pytest.raises(driver_tokens.ClaimError, match="not confirmed"):
        driver_tokens.by_number(driver, "04A1B2C3D4", now=NOW)
    assert not DriverToken.objects.exists()


def test_a_link_by_mail_confirms_the_address_and_then_it_claims_the_card(world):
    Token.objects.filter(pk=world.member.pk).update(owner="kim@example.com")
    sent = accounts.make_link("kim@example.com", now=NOW)

    driver = accounts.use_link(sent.secret, language="en", now=NOW)

    assert driver_tokens.by_number(driver, "04A1B2C3D4", now=NOW).token == world.member


def grant_to(world: World, email: str) -> members.NewInvitation:
    outsider = Outsider(email=email, kind="installer", reason="x", charger=world.charger)
    return members.let_in(world.host, outsider, by=world.owner, now=NOW - timedelta(minutes=1))[1]


def test_a_grant_reaches_no_account_whose_address_was_never_confirmed(world):
    """An owner invites a stranger's address, keeps the link, and so has an account with it."""
    mallory = User.objects.create_user("installer@example.com", PASSWORD)

    invited = grant_to(world, "installer@example.com")

    assert AccessGrant.objects.filter(user=mallory).exists()
    assert list(access.chargers(mallory)) == []
    members.accept_invitation(invited.invitation, now=NOW, user=mallory)
    assert list(access.chargers(mallory)) == [world.charger], "who opened this host's own link"


def test_a_grant_reaches_a_confirmed_account_at_once(world):
    grant_to(world, world.stranger.email)

    assert world.charger in access.chargers(world.stranger)


def test_it_sends_few_links(world):
    client = by_password(world.owner)
    owner = owner_client(world)

    for _ in range(6):
        owner.post(ADDRESS, {"email": f"{uuid.uuid4().hex}@example.com"})

    assert len([letter for letter in mail.outbox if letter.to != ["owner@example.com"]]) == 5
    assert client.get(ADDRESS).status_code == 302, "the password is asked for first"


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("smtp://mail.example:25", "A mail is on its way"),
        ("", "This installation has no mail server: each mail is a file"),
    ],
)
def test_it_promises_a_mail_only_where_mails_are_sent(client, settings, server, shown):
    settings.EMAIL_URL = server

    page = client.get("/accounts/password/reset/done/")

    assert shown in page.content.decode()


@pytest.mark.parametrize(
    ("server", "said", "not_said"),
    [
        ("smtp://mail.example:25", "A link was sent to new@example.com.", "each mail is a file"),
        ("", "A mail with a link was written to new@example.com. This installation has no mail server", "was sent to"),
    ],
)
def test_it_says_that_a_link_to_a_new_address_was_sent_only_where_mails_are(
    world, settings, server: str, said: str, not_said: str
):
    settings.EMAIL_URL = server

    page = main_of(after_log_in(world.owner).post(ADDRESS, {"email": "new@example.com"}, follow=True))

    assert said in page
    assert not_said not in page


@pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/password/change/"])
def test_a_page_of_the_own_account_leads_back_to_settings_and_speaks_our_words(world, client_of, path):
    page = client_of(world.owner).get(path).content.decode()

    assert '<a href="/settings/">Settings</a>' in page
    for words in ("Two-Factor", "Authenticator App", "Recovery Codes", "Change Password"):
        assert words not in page


def test_a_used_link_for_a_new_password_says_so_in_plain_words(db):
    page = Client().get("/accounts/password/reset/key/1-set-password/", follow=True).content.decode()

    assert "This link does not work any more" in page
    assert "Bad Token" not in page


def test_the_page_after_a_forgotten_password_promises_no_mail_where_none_is_sent(db, settings):
    settings.EMAIL_URL = ""
    assert "Look at your mail" not in Client().get("/accounts/password/reset/done/").content.decode()

    settings.EMAIL_URL = "smtp://mail.example.com"
    assert "Look at your mail" in Client().get("/accounts/password/reset/done/").content.decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [("help@charging.example", "mailto:help@charging.example"), ("", '<a href="/help/">Ask our support</a>')],
)
def test_who_has_no_account_is_told_who_makes_one(client, settings, address, words):
    settings.SUPPORT_EMAIL = address

    log_in = client.get("/accounts/login/").content.decode()
    page = client.get("/accounts/signup/").content.decode()

    assert 'href="/accounts/signup/"' in log_in
    assert words in page
    assert client.post("/accounts/signup/", {"email": "me@example.com"}).status_code == 405
