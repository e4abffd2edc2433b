import ipaddress
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from backoffice.environment import Environment, MailServer

KEY = Fernet.generate_key().decode()


def test_it_reads_the_process_environment_unless_given_another(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "from-the-process")

    assert Environment().text("SECRET_KEY") == "from-the-process"
    assert Environment({}).text("SECRET_KEY", default="given") == "given"


def test_it_takes_an_empty_value_for_none():
    env = Environment({"DATABASE_URL": "", "NAMES": " , ", "FLAG": " ", "COUNT": ""})

    assert not env.has("DATABASE_URL")
    assert env.words("NAMES", default=["a"]) == ["a"]
    assert env.boolean("FLAG", default=True) is True
    assert env.whole_number("COUNT", default=7, minimum=1) == 7
    assert env.problems == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("on", True), ("yes", True), ("0", False), ("off", False), ("No", False)],
)
def test_it_reads_flags_in_the_usual_words(text: str, value: bool):
    assert Environment({"DEBUG": text}).boolean("DEBUG", default=not value) is value


def test_it_reads_lists_and_networks():
    env = Environment({"HOSTS": "a.example, b.example,", "NETS": "127.0.0.0/8,::1/128"})

    assert env.words("HOSTS", default=[]) == ["a.example", "b.example"]
    assert env.networks("NETS") == [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]


def test_it_resolves_paths(tmp_path: Path):
    env = Environment({"DATA_DIR": f"{tmp_path}/a/../b"})

    assert env.path("DATA_DIR", default=tmp_path) == tmp_path / "b"


def test_it_drops_the_slash_at_the_end_of_an_address():
    assert Environment({"U": "https://a.example/"}).url("U", default="http://x") == "https://a.example"


def test_it_reads_a_database_address_with_everything_in_it():
    env = Environment({"DATABASE_URL": "postgresql://us%40er:p%2Fw@db.example:5433/back%20office?sslmode=require"})

    database = env.database("DATABASE_URL", default="")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"], database["NAME"]) == ("us@er", "p/w", "back office")
    assert (database["HOST"], database["PORT"]) == ("db.example", "5433")
    assert database["OPTIONS"] == {"sslmode": "require", "connect_timeout": "5"}


def test_it_reads_a_database_address_of_a_socket():
    env = Environment({"DATABASE_URL": "postgresql://backoffice@/backoffice?host=/run/pg"})

    assert env.database("DATABASE_URL", default="")["HOST"] == "/run/pg"


def test_it_tells_all_problems_and_goes_on():
    env = Environment(
        {
            "DEBUG": "perhaps",
            "COUNT": "-1",
            "BASE": "example.com",
            "NETS": "127.0.0.1/8",
            "KEYS": f"{KEY},short",
            "REDIS_URL": "http://redis",
            "DATABASE_URL": "sqlite:///db",
        }
    )

    assert env.boolean("DEBUG", default=False) is False
    assert env.whole_number("COUNT", default=15, minimum=1) == 15
    assert env.url("BASE", default="http://x") == "http://x"
    assert env.networks("NETS") == []
    env.fernet_keys("KEYS", default=None)
    assert env.redis_url("REDIS_URL", default="redis://r") == "redis://r"
    env.database("DATABASE_URL", default="")
    env.text("SECRET_KEY")
    env.fernet_keys("OTHER_KEYS", default=None)

    named = [problem.split()[0] for problem in env.problems]
    assert named == ["DEBUG", "COUNT", "BASE", "NETS", "KEYS", "REDIS_URL", "DATABASE_URL", "SECRET_KEY", "OTHER_KEYS"]


def test_it_repeats_no_secret_in_a_problem():
    env = Environment({"KEYS": "s3cret", "DATABASE_URL": "mysql://u:s3cret@h/d", "REDIS_URL": "http://:s3cret@h"})

    env.fernet_keys("KEYS", default=None)
    env.database("DATABASE_URL", default="")
    env.redis_url("REDIS_URL", default="redis://r")

    assert len(env.problems) == 3
    assert "s3cret" not in " ".join(env.problems)


@pytest.mark.parametrize("key", ["short", "A" * 43, "_" * 43, "A" * 80, "é" * 43])
def test_it_takes_no_key_of_push_that_is_none(key: str):
    env = Environment({"VAPID_PRIVATE_KEY": key})

    assert env.vapid_key("VAPID_PRIVATE_KEY", default="") == ""
    assert [problem.split()[0] for problem in env.problems] == ["VAPID_PRIVATE_KEY"]
    assert key not in env.problems[0]


def test_push_is_off_without_a_key():
    env = Environment({})

    assert (env.vapid_key("VAPID_PRIVATE_KEY", default=""), env.problems) == ("", [])


def test_it_accepts_keys_newest_first():
    other = Fernet.generate_key().decode()
    env = Environment({"KEYS": f"{KEY}, {other}"})

    assert env.fernet_keys("KEYS", default=None) == [KEY, other]
    assert env.problems == []


def test_it_takes_an_email_address_or_none():
    env = Environment({"SUPPORT_EMAIL": "help@example.com", "OTHER": "help at example"})

    assert (env.email("SUPPORT_EMAIL"), env.email("MISSING"), env.problems) == ("help@example.com", "", [])
    assert env.email("OTHER") == ""
    assert env.problems == ["OTHER is 'help at example': write an e-mail address such as help@example.com."]


@pytest.mark.parametrize(
    ("value", "server"),
    [
        ("", MailServer()),
        (
            "smtps://kim:s%40cret@mail.example",
            MailServer(host="mail.example", port=465, user="kim", password="s@cret", is_encrypted=True),
        ),
        ("smtp://mail.example:25", MailServer(host="mail.example", port=25)),
        ("smtp://mail.example?starttls=yes", MailServer(host="mail.example", port=587, is_upgraded=True)),
    ],
)
def test_it_reads_where_mails_are_handed_in(value: str, server: MailServer):
    env = Environment({"EMAIL_URL": value})

    assert env.mail_server("EMAIL_URL") == (value, server)
    assert env.problems == []


@pytest.mark.parametrize("value", ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:many"])
def test_it_says_how_a_mail_server_is_written(value: str):
    env = Environment({"EMAIL_URL": value})

    assert env.mail_server("EMAIL_URL") == ("", MailServer())
    assert env.problems == ["EMAIL_URL must look like smtps://user:password@host:465 or smtp://host:25."]


@pytest.mark.parametrize(
    ("value", "scheme", "is_good"),
    [
        ("", "", True),
        ("wss://ocpp.example:8443/ocpp/", "wss", True),
        ("ws://ocpp.example/ocpp", "", True),
        ("ws://ocpp.example/ocpp", "wss", False),
        ("https://ocpp.example/ocpp", "", False),
        ("ocpp.example", "", False),
    ],
)
def test_it_reads_where_chargers_connect(value: str, scheme: str, is_good: bool):
    env = Environment({"CHARGER_URL": value})

    assert env.websocket_url("CHARGER_URL", scheme=scheme) == (value.rstrip("/") if is_good else "")
    assert [problem for problem in env.problems if not problem.startswith("CHARGER_URL is ")] == []
    assert bool(env.problems) is not is_good


def test_it_reads_one_line_of_text():
    assert Environment({"O": " Sunset Stays "}).short_text("O", at_most=64) == "Sunset Stays"
    for value in ("x" * 65, "two\nlines"):
        env = Environment({"O": value})
        assert env.short_text("O", at_most=64) == ""
        assert len(env.problems) == 1


def test_it_takes_a_secret_key_of_stripe_only():
    env = Environment({"STRIPE_API_KEY": "pk_live_1"})
    assert env.stripe_key("STRIPE_API_KEY", "STRIPE_SECRET_KEY") == ""
    assert env.problems == [
        "STRIPE_API_KEY is no secret key of Stripe: it begins with sk_live_, sk_test_, rk_live_ or rk_test_."
    ]
    other = Environment({"STRIPE_SECRET_KEY": "sk_test_1"})
    assert other.stripe_key("STRIPE_API_KEY", "STRIPE_SECRET_KEY") == "sk_test_1"
    assert Environment({}).stripe_key("STRIPE_API_KEY") == ""


def test_it_takes_one_of_some_words():
    env = Environment({"CARD_PROCESSOR": "Stripe", "OTHER": "cash"})

    assert env.choice("CARD_PROCESSOR", among=("simulated", "stripe"), default="simulated") == "stripe"
    assert env.choice("NONE", among=("simulated", "stripe"), default="simulated") == "simulated"
    assert env.choice("OTHER", among=("simulated", "stripe"), default="simulated") == "simulated"
    assert env.problems == ["OTHER is 'cash': write simulated or stripe."]


def test_it_reads_where_the_mailbox_is_and_says_how_it_is_written():
    env = Environment({"BOX": "imaps://support:secret@mail.example.com/INBOX", "WRONG": "mail.example.com"})

    assert env.mailbox("BOX") == "imaps://support:secret@mail.example.com/INBOX"
    assert env.mailbox("UNSET") == env.mailbox("WRONG") == ""
    assert env.problems == ["WRONG must look like imaps://user:password@host:993/INBOX."]


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/{z}/{x}/{y}.png",
        "http://127.0.0.1:8080/{z}/{x}/{y}?key=a",
        "https://a.example/style.json",
    ],
)
def test_it_takes_tiles_and_styles_of_maps(address: str):
    env = Environment({"MAP_TILES_URL": address})

    assert (env.tiles_url("MAP_TILES_URL"), env.problems) == (address, [])


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/",
        "ftp://tiles.example/{z}/{x}/{y}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png; script-src *",
        "https://user@tiles.example/{z}/{x}/{y}.png",
        "/{z}/{x}/{y}.png",
    ],
)
def test_it_refuses_what_is_no_address_of_tiles(address: str):
    env = Environment({"MAP_TILES_URL": address})

    assert env.tiles_url("MAP_TILES_URL") == ""
    assert "MAP_TILES_URL" in env.problems[0]
