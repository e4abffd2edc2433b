"""A stuck plug and charging that cannot be stopped, in five languages."""

import pytest

from support.assistant import aspects, symptoms
from support.assistant.aspects import Aspect


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("Das Laden läst sich nicht beenden, Stecker steckt fest", Aspect.STUCK),
        ("the plug is stuck", Aspect.STUCK),
        ("I can't unplug the cable from my car", Aspect.STUCK),
        ("de stekker zit vast", Aspect.STUCK),
        ("le câble est coincé dans la voiture", Aspect.STUCK),
        ("no puedo desenchufar el cable", Aspect.STUCK),
        ("charging does not stop", Aspect.NO_STOP),
        ("het laden stopt niet", Aspect.NO_STOP),
        ("Ich kann das Laden nicht beenden", Aspect.NO_STOP),
        ("la recharge ne s'arrête pas", Aspect.NO_STOP),
        ("no puedo parar la carga", Aspect.NO_STOP),
    ],
)
def test_it_is_heard_and_belongs_to_topic_2(text: str, aspect: Aspect):
    assert aspects.of(text) is aspect
    assert symptoms.read(text).topics[0] == 2


@pytest.mark.parametrize(
    "text",
    ["it keeps stopping", "plugged in but the car does not charge", "laden stopt na een paar minuten", "",
     "der Stecker steckt, aber es lädt nicht", "la recharge s'arrête au bout de quelques minutes", "el coche no carga"],
)  # fmt: skip
def test_other_trouble_is_no_such_thing(text: str):
    assert aspects.of(text) is Aspect.NONE


@pytest.mark.parametrize(
    ("text", "dark"),
    [
        ("The charger is dead, no lights", True),
        ("the display is off", True),
        ("I don't see any lights on it", True),
        ("er brandt geen lampje meer", True),
        ("Es leuchtet nicht", True),
        ("die Ladestation ist dunkel", True),
        ("aucun voyant allumé", True),
        ("la borne est éteinte", True),
        ("la pantalla está apagada", True),
        ("there are lights blinking", False),
        ("It was dark when I arrived", False),
        ("no power into the car, the light is green", False),
        ("no charge at all", False),
    ],
)
def test_who_writes_that_nothing_is_lit_is_understood(text: str, dark: bool):
    assert aspects.is_dark(text) is dark
