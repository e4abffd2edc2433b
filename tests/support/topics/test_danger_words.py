"""Who writes of fire, smoke or a shock is warned; who writes of lights, prices and brands is not."""

import pytest

from support.assistant.phrases import phrases
from support.topics import danger_words


@pytest.mark.parametrize(
    "text",
    [
        "I smell burning",
        "there is smoke",
        "I got an electric shock",
        "the cable gave me a shock",
        "Sparks came out of the charger!",
        "the charger is on fire",
        "the plug is melting",
        "es raucht",
        "es riecht verbrannt",
        "Ich habe einen Stromschlag bekommen",
        "der Stecker ist geschmolzen",
        "Er komt rook uit de lader",
        "het ruikt verbrand",
        "de lader staat in brand",
        "ça sent le brûlé",
        "la borne fume",
        "la borne est en feu",
        "j'ai pris une décharge",
        "huele a quemado",
        "sale humo del cargador",
        "me dio un calambre",
    ],
)
def test_it_knows_danger_in_five_languages(text):
    assert danger_words.are_named(text)


@pytest.mark.parametrize(
    "text",
    [
        "the light is green",
        "Die Lampe brennt nicht",
        "er branden geen lampjes",
        "le voyant est rouge, feu vert absent",
        "which brand is the charger? it is in brand new condition",
        "the price was too high",
        "¿cómo te llamas?",
        "how fast does it charge",
    ],
)
def test_it_warns_nobody_who_asks_of_something_else(text):
    assert not danger_words.are_named(text)


def test_no_phrase_of_another_topic_names_danger():
    assert [text for _, _, text in phrases() if danger_words.are_named(text)] == []
