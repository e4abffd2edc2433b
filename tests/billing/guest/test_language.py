"""A guest in their own language: the five prompts, the price, money and dates, the switch; and who stays English."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from authorization.decide import reasons
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from backoffice import translations
from billing.engine.reports import reasons as reasons_of_prices
from billing.engine.reports.reasons import Code
from billing.formatting import money, rating_reasons, stored_sentences
from billing.models import Hold, Receipt, Session
from billing.sentences.sessions import SessionCode
from chargers.models import Charger, Connector, Property
from chargers.sentences import commands, stored
from tests.kit import browser, charging, pdf
from tests.kit import gateway as gateways
from tests.kit.guest import DECLINED, pay, station
from tests.kit.language import of, settled
from tests.kit.reason_samples import sample as of_reason
from tests.kit.tampering import unguarded

__all__ = ["settled", "station"]
LANGUAGES = ("nl", "de", "fr", "es")
GUESTS_TEMPLATES = [
    *Path("templates/guest").glob("*.html"),
    *Path("templates/drive").glob("*.html"),
    *Path("templates/help").glob("*.html"),
    Path("templates/billing/idle.html"),
]
TITLES = {
    "station_id_invalid": {
        "nl": "Station ID is ongeldig",
        "de": "Station ID ist ungültig",
        "fr": "Station ID non valide",
        "es": "Station ID no válido",
    },
    "licence_inactive": {
        "nl": "Licentie niet actief",
        "de": "Lizenz nicht aktiv",
        "fr": "Licence inactive",
        "es": "Licencia inactiva",
    },
    "private_not_set_up": {
        "nl": "Privélaadpunt, niet ingesteld",
        "de": "Private Ladestation, nicht eingerichtet",
        "fr": "Borne privée, non configurée",
        "es": "Punto de carga privado, sin configurar",
    },
    "private_charger": {
        "nl": "Privélaadpunt",
        "de": "Private Ladestation",
        "fr": "Borne privée",
        "es": "Punto de carga privado",
    },
    "charger_out_of_order": {
        "nl": "Laadpunt is buiten werking",
        "de": "Ladestation ist außer Betrieb",
        "fr": "Borne hors service",
        "es": "Punto de carga fuera de servicio",
    },
}


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ")


def provoke(code: str, charger: Charger) -> str:
    """Makes this the prompt of the charger; returns the address that shows it."""
    match code:
        case "station_id_invalid":
            return "/charge?station_id=NOPE9"
        case "licence_inactive":
            charger.licence.state = "inactive"
            charger.licence.save()
        case "private_not_set_up":
            Charger.objects.update(configured=False)
        case "private_charger":
            Property.objects.update(access="private")
        case "charger_out_of_order":
            Charger.objects.update(connection_id=None)
    return "/c/SUN001"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(TITLES))
def test_it_says_each_prompt_in_each_language(world, station, code, language):
    response = of(language).get(provoke(code, world.charger))

    text = text_of(response)
    assert f"<h2>{TITLES[code][language]}</h2>" in text
    assert f'<html lang="{language}">' in text
    assert response.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))
    advice = reasons.get(code).guest
    assert [said for said in (advice.meaning, *(step.text for step in advice.next_steps)) if said in text] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["$0.35 per kWh", "$0.50 to connect.", "at most $20.00."]),
        ("nl", ["$ 0,35 per kWh", "$ 0,50 starttarief.", "10 minuten gratis, daarna $ 0,40 per minuut"]),
        ("de", ["0,35 $ pro kWh", "0,50 $ Startgebühr.", "10 Minuten kostenlos, dann 0,40 $ pro Minute"]),
        ("fr", ["0,35 $ par kWh", "0,50 $ de frais de connexion.", "au plus 20,00 $."]),
        ("es", ["0,35 $ por kWh", "0,50 $ de cargo de conexión.", "como máximo 20,00 $."]),
    ],
)
def test_it_tells_the_price_as_people_write_it(station, language, said):
    text = text_of(of(language).get("/c/SUN001"))

    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    ("asked_for", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("pt-BR,nl;q=0.8,en;q=0.5", "nl"),
        ("fi", "en"),
        ("*", "en"),
        ("en-GB,de;q=0.9", "en"),
        ("", "en"),
        ("q=;;de,,", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_it_takes_the_first_language_that_it_has_and_falls_back_to_english(station, asked_for, spoken):
    assert f'<html lang="{spoken}">' in text_of(of(asked_for).get("/c/SUN001"))


def test_the_switch_is_remembered_over_what_the_browser_asks_for(station):
    browsing = of("de")

    answer = browsing.post("/language", {"language": "es", "next": "/c/SUN001/1"})
    text = text_of(browsing.get(answer.headers["Location"]))

    assert answer.headers["Location"] == "/c/SUN001/1"
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("es", True, "Lax")
    assert "Pagar e iniciar" in text
    assert re.search(r'value="es" lang="es" aria-current="true">Español<', text)
    assert 'name="next" value="/c/SUN001/1"' in text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/c/SUN001", "//evil.example/c/SUN001", "/\\evil.example/", "javascript:alert(1)",
        "/c/../accounts/login/", "/chargers/", "/admin/", "/nowhere", "c/SUN001", "",
    ],
)  # fmt: skip
def test_the_switch_leads_to_guests_pages_only(db, address):
    answer = Client().post("/language", {"language": "de", "next": address})

    assert answer.headers["Location"] == "/charge"


def test_the_switch_keeps_the_typed_station_id(db):
    address = "/charge?station_id=NOPE%209"

    assert Client().post("/language", {"language": "fr", "next": address}).headers["Location"] == address


@pytest.mark.parametrize("language", ["xx", "", "en-GB", "de; Path=/admin"])
def test_the_switch_remembers_no_language_that_it_does_not_have(db, language):
    assert "language" not in Client().post("/language", {"language": language, "next": "/charge"}).cookies


def test_the_switch_asks_for_the_token_of_its_own_page(station):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/language", {"language": "de"}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(strict.get("/charge")))
    assert token is not None
    said = {"language": "de", "next": "/charge", "csrfmiddlewaretoken": token[1]}
    assert strict.post("/language", said).status_code == 302


def test_nobody_changes_the_language_by_a_link(db):
    assert Client().get("/language", {"language": "de"}).status_code == 405


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger", "agent"])
def test_the_portal_stays_english_for_everybody(world, client_of, who):
    client = client_of(getattr(world, who))
    client.cookies["language"] = "de"

    response = client.get("/chargers/", headers={"accept-language": "de"})

    assert '<html lang="en">' in text_of(response)
    assert "Content-Language" not in response.headers
    assert "Skip to the page" in text_of(response)


def test_one_guests_language_does_not_stay_for_the_next_request(station):
    of("de").get("/c/SUN001")

    assert translation.get_language() == "en"
    assert "<h1>Scan the code, or enter the Station ID</h1>" in text_of(Client().get("/charge"))


def test_what_is_stored_is_english_and_what_is_shown_is_not(station):
    german = of("de")

    pay(german, station, card=DECLINED)

    session = Session.objects.get()
    text = text_of(german.get(f"/s/{session.secret}/"))
    assert session.state_reason == Hold.objects.get().failure == "The card's bank declined the payment."
    assert "Die Bank der Karte hat die Zahlung abgelehnt." in text
    assert "Sie zahlen nichts." in text


def test_the_hold_is_told_in_the_guests_own_money_format(station):
    dutch = of("nl")

    pay(dutch, station)

    text = text_of(dutch.get(f"/s/{Session.objects.get().secret}/"))
    assert "Steek nu de stekker in" in text
    assert "$ 40,00 is gereserveerd op uw kaart eindigend op 4242." in text


def test_a_second_guest_is_told_so_in_their_language(station):
    pay(Client(), station)

    assert "Un autre invité utilise cette prise" in text_of(pay(of("fr"), station)).replace("’", "'")


def test_a_used_port_is_told_with_its_state(station):
    Connector.objects.update(status="SuspendedEV")

    assert "Jemand nutzt diesen Anschluss gerade (Vom Auto pausiert)." in text_of(of("de").get("/c/SUN001/1"))


def test_a_stored_text_is_translated_sentence_by_sentence_and_a_chargers_word_stays():
    with translation.override("nl"):
        said = (
            *stored.build_sentence(SessionCode.NOT_STARTED),
            *commands.describe_status("", "Rejected"),
            *stored.free("It says: E-17 relay"),
        )
        told = stored_sentences.local(said)

    assert told == "Het laden kon niet worden gestart. Het laadpunt weigerde. It says: E-17 relay"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (stored.build_sentence(SessionCode.NO_ENERGY_BEFORE), "Es floss keine Energie: Es wird nichts berechnet."),
        (
            stored.build_sentence(SessionCode.TOO_LITTLE_BEFORE, energy=40, least=100),
            "40 Wh sind weniger als die 100 Wh, ab denen ein Ladevorgang berechnet wird.",
        ),
        (
            stored.build_sentence(SessionCode.WAIVED, reason="100 % of it,\nsaid Kim."),
            "Erlassen: 100 % of it,\nsaid Kim.",
        ),
        (stored.free("Nobody knows (%s) this."), "Nobody knows (%s) this."),
        (stored.free(""), ""),
    ],
)
def test_a_stored_text_with_values_keeps_them(kept, said):
    with translation.override("de"):
        assert stored_sentences.local(kept) == said


@pytest.mark.parametrize(
    ("language", "dollars", "euros", "less", "francs"),
    [
        ("en", "$1,234.50", "€8.12", "−€8.12", "CHF 8.12"),
        ("nl", "$ 1.234,50", "€ 8,12", "−€ 8,12", "CHF 8,12"),
        ("de", "1.234,50 $", "8,12 €", "−8,12 €", "8,12 CHF"),
        ("fr", "1 234,50 $", "8,12 €", "−8,12 €", "8,12 CHF"),
        ("es", "1 234,50 $", "8,12 €", "−8,12 €", "8,12 CHF"),
    ],
)
def test_money_is_written_as_in_the_language(language, dollars, euros, less, francs):
    with translation.override(language):
        amounts = [money.money(123450, "USD"), *(money.money(minor, "EUR") for minor in (812, -812))]
        amounts.append(money.price("8.12", "CHF"))

    assert [amount.replace("\N{NO-BREAK SPACE}", " ") for amount in amounts] == [dollars, euros, less, francs]


def test_the_receipt_explains_itself_in_the_guests_language(settled):
    text = text_of(of("de").get(f"/s/{settled.secret}/receipt/"))

    assert "Beleg 20" in text
    assert "20,000 kWh" in text
    assert "Karte mit Endziffern 4242: 40,00 € reserviert, 9,00 € abgebucht, 31,00 € freigegeben." in text
    assert "Startgebühr" in text
    assert "1 Ladevorgang × 1,00 €" in text
    assert "bleiben auf Englisch" not in text
    assert "Die Startgebühr fällt einmal je Ladevorgang an" in text
    assert re.search(r"Es flossen 20,000 kWh vom \d+\. \w+\.? 20\d\d, \d\d:\d\d( \w+)? bis ", text)
    assert "The connection fee" not in text
    assert "Start, Zähler bei 1000 Wh" in text


def test_the_stored_receipt_is_the_same_whoever_looks(settled):
    before = settled.receipts.get().document

    of("fr").get(f"/s/{settled.secret}/receipt/")

    assert settled.receipts.get().document == before


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Receipt 20", "Total", "€9.00", "Card ending 4242: €40.00 held"]),
        ("nl", ["Bon 20", "Totaal", "€ 9,00", "Kaart eindigend op 4242: € 40,00 gereserveerd"]),
        ("de", ["Beleg 20", "Summe", "9,00 €", "Startgebühr 1 Ladevorgang × 1,00 €"]),
        ("fr", ["Reçu 20", "Total", "9,00 €", "Énergie"]),
        ("es", ["Recibo 20", "Total", "9,00 €", "Energía 20,000 kWh"]),
    ],
)
def test_the_receipt_on_paper_speaks_the_guests_language(settled, language, said):
    content = of(language).get(f"/s/{settled.secret}/receipt.pdf").content

    words = pdf.text(content)
    assert [text for text in said if text not in words] == []
    assert "\N{WHITE SQUARE}" not in words, "each would stand for a letter that the face does not have"


def test_asking_for_access_speaks_the_guests_language_and_names_the_wrong_character(world):
    Property.objects.update(access="private")

    page = text_of(of("nl").get("/c/SUN001/ask"))
    wrong = text_of(of("nl").post("/c/SUN001/ask", {"name": "Kim", "uid": "04é1"}))

    assert "Nummer van uw laadpas" in page
    assert "Teken 3, “é”, is" in wrong


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Asked 5 Mar, 07:00 EST."), ("nl", "Gevraagd op 5 mrt, 07:00 EST."),
        ("de", "Angefragt am 5. März, 07:00 EST."), ("fr", "Demandé le 5 mars, 07:00 EST."),
        ("es", "Solicitado el 5 mar, 07:00 EST."),
    ],
)  # fmt: skip
def test_a_request_is_dated_as_people_write_it(world, language, said):
    Property.objects.update(access="private")
    at = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
    asked = access_requests.request(world.charger, Visitor(name="Kim", uid=""), now=at)

    text = text_of(of(language).get(f"/ask/{asked.secret}/"))

    assert said in text
    assert f'name="next" value="/ask/{asked.secret}/"' in text


def test_the_switch_returns_from_a_refused_start_to_the_page_that_can_be_opened(world):
    Property.objects.update(access="private")
    asked = access_requests.request(world.charger, Visitor(name="Kim", uid=""), now=datetime.now(tz=UTC))

    refused = text_of(of("fr").post(f"/ask/{asked.secret}/start", {"port": "1"}))

    assert "L’hôte ne vous a pas encore donné accès ici." in refused
    assert f'name="next" value="/ask/{asked.secret}/"' in refused


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_long_words_do_not_stick_out_of_a_phone(chromium, world, transactional_db, station):
    with gateways.running() as gateway:
        base = gateway.url.replace("ws://", "http://").removesuffix("/ocpp")
        for language in LANGUAGES:
            with browser.page(chromium, width=375, language=language) as page:
                page.goto(f"{base}/c/SUN001")
                assert page.locator("html").get_attribute("lang") == language
                assert browser.fits(page)
                assert browser.fits_inside_buttons(page)
                Property.objects.update(access="private")
                page.goto(f"{base}/c/SUN001")
                assert browser.fits(page)
                Property.objects.update(access="guest")
        with browser.page(chromium, width=320, language="de-CH") as page:
            page.goto(f"{base}/c/SUN001")
            assert browser.fits(page)
            page.get_by_role("button", name="Nederlands").click()
            page.get_by_text("Gereed.").wait_for()
            assert page.url == f"{base}/c/SUN001"


def test_a_session_that_charged_too_little_is_not_called_one_that_never_began(world):
    version = charging.make_rate(world.host, currency="EUR", definition=charging.PLAIN | {"min_billable_wh": 100})
    Property.objects.update(access="guest")
    charging.assign(version, world.site, "guest")
    session = charging.guest(world.charger, wh=40)

    text = text_of(of("nl").get(f"/s/{session.secret}/"))

    assert "Er is niets te betalen." in text
    assert "40 Wh is minder dan de 100 Wh vanaf waar een sessie wordt berekend." in text
    assert "Het laden is niet gestart" not in text
    assert "De reservering van € 40,00 is meteen vrijgegeven." in text


SITE = ZoneInfo("America/Chicago")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(Code))
def test_it_says_each_reason_of_the_price_engine_in_each_language(code, language):
    reason = of_reason(code)
    english = reasons_of_prices.render((reason,), speech=reasons_of_prices.English(SITE))

    with translation.override(language), timezone.override(SITE):
        told = rating_reasons.render(reason)

    assert told != english
    assert english_in(told, language) == []
    assert not RAW_DATE.search(told)
    assert told[-1] in ".:"
    if any(name.endswith("_at") or name in {"spans", "readings"} for name in reason.facts):
        assert re.search(r"\d\d:\d\d CDT", told)


RAW_DATE = re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d:")


def english_in(text: str, language: str) -> list[str]:
    """What stands there of the English of our own texts, where the language has other words for it."""
    found = []
    for english, said in translations.read(language).items():
        pieces = [piece.strip() for piece in re.split(r"%\(\w+\)s|%%|<[^>]*>", english)]
        long = [piece for piece in pieces if len(piece) >= 14 and " " in piece and piece not in said]
        found += [piece for piece in long if piece in text]
    return found


@pytest.fixture
def eventful(world):
    """A long session with everything on its receipt: two prices, an estimated split, idle time, a cap, a plea."""
    rate = {
        "connection_fee": "1.00", "processing_fee": "0.35", "processing_pct": "2", "min_total": "60.00",
        "energy": [
            {"name": "evening", "price": "0.60", "from": "17:00", "to": "21:00"}, {"name": "all day", "price": "0.40"},
        ],
        "time": {"per_hour": "2.00", "cap": "1.00"},
        "idle": {"per_min": "0.20", "grace_min": 10, "cap": "10.00", "free_windows": [["22:00", "07:00"]]},
        "tax": {"mode": "exclusive", "rates": {"energy": "8.25"}},
    }  # fmt: skip
    version = charging.make_rate(world.host, currency="EUR", definition=rate)
    Property.objects.update(access="guest", contact_email="stay@sunset.example")
    charging.assign(version, world.site, "guest", "member")
    noon = charging.YESTERDAY.astimezone(ZoneInfo("America/New_York")).replace(hour=16, minute=30, second=0)
    session = charging.guest(world.charger, at=noon.astimezone(UTC))
    charging.complaint(session, text="C'est faux.")
    return session


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_a_session_speaks_english_to_who_reads_another_language(eventful, language):
    client = of(language)
    for path in ("", "receipt/", "complaint", "company", "rest/"):
        page = text_of(client.get(f"/s/{eventful.secret}/{path}"))
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.split("<body")[1]))
        assert english_in(words, language) == [], path
        assert not RAW_DATE.search(words), path
        assert 'lang="en"' not in page.replace('value="en" lang="en"', ""), path
    paper = pdf.text(client.get(f"/s/{eventful.secret}/receipt.pdf").content)
    assert english_in(paper, language) == []
    assert not RAW_DATE.search(paper)


def test_a_receipt_of_before_there_were_reasons_stays_as_it_was_written(settled):
    rating = settled.ratings.get(kind="final")
    for line in rating.report["lines"]:
        del line["reasons"]
    rating.report["notes"], rating.report["note_reasons"] = ["still running: the cost up to the last meter value"], []
    with unguarded():
        rating.save()
        Receipt.objects.update(document=Receipt.objects.get().document | {"report": rating.report})

    german, english = (text_of(of(language).get(f"/s/{settled.secret}/receipt/")) for language in ("de", "en"))

    assert "Diese Erläuterungen sind Teil des gespeicherten Belegs und bleiben auf Englisch." in german
    assert '<p lang="en">The connection fee is taken once per session' in german
    assert '<p class="muted" lang="en">Still running: the cost up to the last meter value.</p>' in german
    assert "part of the stored receipt" not in english
    assert 'lang="en"' not in english.replace('value="en" lang="en"', "").split("<body")[1]


@pytest.mark.parametrize("template", GUESTS_TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_of_guests_writes_a_time_without_its_zone(template):
    assert re.findall(r"\|date:|\|time\b|\|moment\b", template.read_text()) == []


@pytest.mark.parametrize(
    ("path", "order"),
    [("receipt/", ["kWh", "Ausgestellt", "Ladestation"]), ("receipt.pdf", ["Ausgestellt", "Ladestation", "kWh"])],
)
def test_the_receipt_begins_with_the_total(settled, path, order):
    answer = of("de").get(f"/s/{settled.secret}/{path}").content
    words = pdf.text(answer) if path.endswith("pdf") else " ".join(re.sub("<[^>]*>", " ", answer.decode()).split())

    total = words.replace("\N{NO-BREAK SPACE}", " ").index("Summe 9,00 €")
    assert [total, *sorted(map(words.index, order))] == [total, *map(words.index, order)]
    assert 0 < total < words.index(order[0])
