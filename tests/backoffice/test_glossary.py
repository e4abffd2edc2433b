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
        r"Ladesäule|Ladestation|Wallbox|Lader\b": "Ladepunkt (charger)",
        r"Konnektor|Buchse|Steckplatz": "Anschluss (port)",
        r"Quittung|Kassenbon": "Beleg (receipt)",
    },
    "nl": {
        r"[Ll]aadstation|[Ll]aadpaal|\b[Ll]ader\b": "laadpunt (charger)",
        r"[Vv]erwerkingskosten|verwerken van de betaling": "transactiekosten (processing fee)",
        r"betaalverwerker|kaartverwerker|betaalprovider": "betaaldienst (card processor)",
        r"(?<!%\()\b[Hh]osts?\b|gastheer|[Vv]erhuurder": "beheerder (host)",
        r"teruggegeven|teruggestort": "terugbetalen (give back)",
        r"belasting": "btw",
        r"vastgehouden|blokkering van": "reserveren, reservering (hold)",
        r"\b[Cc]onnector\b|stopcontact": "aansluiting (port)",
        r"kwitantie|\b[Rr]eçu": "bon (receipt)",
    },
    "fr": {
        r"[Ee]xploitant|[Pp]ropriétaire de la borne": "hôte (host)",
        r"\b[Tt]axes?\b|[Nn]uméro fiscal|\bimpôt": "TVA",
        r"processeur|au prestataire(?! de)": "prestataire de paiement (card processor)",
        r"montant bloqué|sont bloqués|réservation de %": "réserver, préautorisation (hold)",
        r"\bstation\b(?! ID)|point de charge": "borne (charger)",
        r"[Aa]bonnement": "formule (plan)",
        r"\brendus?\b": "remboursé (given back)",
        r"connecteur": "prise (port)",
        r"carte de recharge|cartes de recharge": "badge (charging card)",
    },
    "es": {
        r"[Aa]nfitri": "operador (host)",
        r"[Pp]rocesador": "proveedor de pagos (card processor)",
        r"[Nn]úmero fiscal|[Ii]mpuesto": "IVA (NIF for the number)",
        r"\b[Cc]argador|[Ee]stación": "punto de carga (charger)",
        r"tarifa de (conexión|gestión)": "cargo (a fee; tarifa is the rate)",
        r"[Cc]onector": "toma (port)",
        r"[Pp]reautoriz|bloqueo de": "retener, retención (hold)",
    },
}
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
