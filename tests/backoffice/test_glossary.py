"""One word for one thing in each language: which words no text for guests may use, and which one stands instead."""

import re

import pytest

from backoffice import translations

GLOSSARY = {
    "de": {
        r"Mein Laden": "Meine Ladevorgänge",
        r"Gutschrift": "Rechnungskorrektur",
        r"Steuer(?!zeichen)|MwSt|Mehrwertsteuer": "USt. (USt-IdNr. for the number)",
        r"Gastgeber|Vermieter": "Betreiber (host)",
        r"Kartenabwickl|Kartendienst|Zahlungsdienst(?!leister)|Zahlungsabwickl|Prozessor": "Zahlungsdienstleister",
        r"[Vv]orgemerkt|vormerk|Vorautorisier": "reservieren, Reservierung (hold)",
        r"zurückgegeben|zurückgezahlt|rückerstatte": "erstatten (give back)",
        r"\bVorgang|Sitzung|Ladesitzung": "Ladevorgang (session)",
        r"Ladesäule|Ladepunkt|Wallbox|Lader\b|\bStation\b(?! ID)|Stations-ID": "Ladestation (charger), Station ID",
        r"(?i:\b(ein|aus)(ge)?steck)|Angesteckt-Bleiben": "anstecken, angesteckt bleiben, abstecken (plug in, unplug)",
        r"der Endung|den Endziffern": "mit Endziffern (card ending)",
        r"Konnektor|Buchse|Steckplatz": "Anschluss (port)",
        r"Quittung|Kassenbon": "Beleg (receipt)",
    },
    "nl": {
        r"[Ll]aadstation|[Ll]aadpaal|\b[Ll]ader\b": "laadpunt (charger)",
        r"[Vv]erwerkingskosten|verwerken van de betaling": "transactiekosten (processing fee)",
        r"betaalverwerker|kaartverwerker|betaalprovider": "betaaldienst (card processor)",
        r"(?<!%\()\b[Hh]osts?\b|gastheer|[Vv]erhuurder": "beheerder (host)",
        r"[Tt]eruggegeven|[Tt]eruggestort|gaan? terug\b": "terugbetalen (give back)",
        r"belasting": "btw",
        r"vastgehouden|blokkering van": "reserveren, reservering (hold)",
        r"\b[Cc]onnector\b|stopcontact": "aansluiting (port)",
        r"kwitantie|\b[Rr]eçu": "bon (receipt)",
        r"[Bb]ezettijd|[Ss]taan zonder laden|stilstand": "blokkeertarief, blokkeertijd (idle fee, idle time)",
        r"\b[Rr]ijders?\b|[Rr]oamende": "bestuurder (driver), roamingklanten",
        r"[Bb]innen te komen|[Bb]innenkomen|komt u binnen": "inloggen (log in)",
        r"Station-ID": "Station ID",
        r"(\d|%) %": "the percent sign without a space",
        r"laadbeurt": "sessie (session)",
    },
    "fr": {
        r"[Ee]xploitant|[Pp]ropriétaire de la borne": "hôte (host)",
        r"\b[Tt]axes?\b|[Nn]uméro fiscal|\bimpôt": "TVA",
        r"processeur|au prestataire(?! de)": "prestataire de paiement (card processor)",
        r"montant bloqué|bloqués|blocage|\bréserv(é|és|er|e)\b|réservation de %": "préautorisation (hold)",
        r"\b[Ss]tation\b(?! ID)|point de charge|identifiant de la borne": "borne (charger), Station ID",
        r"[Aa]bonnement": "formule (plan)",
        r"\brendus?\b": "remboursé (given back)",
        r"connecteur": "prise (port)",
        r"[Cc]artes? de recharge": "badge (charging card)",
        r"cartes? de paiement": "carte bancaire (payment card)",
        r"établissement": "site (property)",
        r"(?<!en )(?<!En )\bcharge\b": "recharge (charging; only 'en charge' is a state)",
        r"\b[Qq]uiconque|[:.] [Qq]ui (l’a|a le)\b": "toute personne qui",
    },
    "es": {
        r"[Aa]nfitri": "operador (host)",
        r"[Pp]rocesador": "proveedor de pagos (card processor)",
        r"[Nn]úmero fiscal|[Ii]mpuesto": "IVA (NIF for the number)",
        r"\b[Cc]argador|[Ee]stación": "punto de carga (charger)",
        r"tarifa de (conexión|gestión)": "cargo (a fee; tarifa is the rate)",
        r"[Cc]onector": "toma (port)",
        r"[Pp]reautoriz|bloqueo de": "retener, retención (hold)",
        r"ID del": "Station ID",
        r"[Aa]rregl": "liquidar (settle)",
        r"rectificativa|[Nn]ota de crédito": "nota de abono (credit note)",
        r"itinerancia": "roaming",
        r"minutos empezados": "minutos comenzados (started minutes)",
        r"últimas cifras": "últimos dígitos (last digits)",
        r"\b[Pp]oner contraseña|\bpuesta\b": "guardar (set a password)",
    },
}
FORMAT = re.compile(r"%\(\w+\)s|<[^>]*>")
PLAN = re.compile(r"\bplans?\b(?!\))", re.IGNORECASE)


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_it_uses_one_word_for_one_thing(language):
    wrong = [
        (word, instead, text)
        for english, text in translations.read(language).items()
        for word, instead in GLOSSARY[language].items()
        if re.search(word, re.sub(r"%\(\w+\)s", "%", text))
    ]

    assert wrong == []


def test_a_german_tarif_is_a_rate_and_never_a_plan():
    entries = translations.read("de")

    assert [text for english, text in entries.items() if PLAN.search(english) and "Tarif" in text] == []


def test_a_dutch_kaart_pays_and_a_pas_charges():
    entries = translations.read("nl")

    assert [
        text for english, text in entries.items() if "harging card" in english and "laadpas" not in text.lower()
    ] == []


def test_a_french_text_has_typographic_apostrophes_and_spaces_that_do_not_break():
    wrong = re.compile(r"\w'\w|[ \u202f][:;!?»%]|«(?!\u00a0)|[^\s\u00a0/][;!?»]|[^\u00a0\w/]:(?=\s|$)")

    assert [text for text in translations.read("fr").values() if wrong.search(FORMAT.sub("x", text))] == []


def test_a_dutch_text_has_typographic_apostrophes():
    assert [text for text in translations.read("nl").values() if re.search(r"\w'\w", text)] == []


def test_a_number_and_its_percent_sign_stay_on_one_line():
    wrong = re.compile(r"(\)s|\d) %(?![(s])")

    assert [text for code in ("de", "es") for text in translations.read(code).values() if wrong.search(text)] == []


@pytest.mark.parametrize(("language", "marks"), [("de", '“”"«»'), ("fr", '“”„"'), ("es", '“”„"'), ("nl", '„"«»')])
def test_it_quotes_as_the_language_does(language, marks):
    texts = [re.sub(r"<[^>]*>", "", text) for text in translations.read(language).values()]
    opened = [text for text in texts if set(text) & set(marks) - ({"“"} if language == "de" else set())]

    assert opened == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_station_id_is_called_as_it_is_printed(language):
    entries = translations.read(language)

    assert entries["Station ID"] == "Station ID"
    assert [text for english, text in entries.items() if "Station ID" in english and "Station ID" not in text] == []
