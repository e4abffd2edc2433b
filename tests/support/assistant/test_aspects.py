"""A stuck plug, charging that cannot be stopped, and what is asked about payouts, in five languages."""

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
        ("I can't get the plug out", Aspect.STUCK),
        ("it won't come out", Aspect.STUCK),
        ("I can't get it out", Aspect.STUCK),
        ("unable to remove the plug", Aspect.STUCK),
        ("ik krijg de stekker er niet uit", Aspect.STUCK),
        ("ik krijg hem niet los", Aspect.STUCK),
        ("der Stecker geht nicht raus", Aspect.STUCK),
        ("Ich kriege das Kabel nicht ab", Aspect.STUCK),
        ("je n'arrive pas à retirer la prise", Aspect.STUCK),
        ("le câble ne sort pas", Aspect.STUCK),
        ("no sale el cable", Aspect.STUCK),
        ("no puedo sacarlo", Aspect.STUCK),
        ("charging does not stop", Aspect.NO_STOP),
        ("het laden stopt niet", Aspect.NO_STOP),
        ("Ich kann das Laden nicht beenden", Aspect.NO_STOP),
        ("la recharge ne s'arrête pas", Aspect.NO_STOP),
        ("no puedo parar la carga", Aspect.NO_STOP),
    ],
)
def test_it_is_heard_and_belongs_to_topic_2(text: str, aspect: Aspect):
    assert aspects.detect(text, topic=2) is aspect
    reading = symptoms.read(text)
    assert (reading.topics[0], reading.is_sure) == (2, True)


@pytest.mark.parametrize(
    "text",
    ["it keeps stopping", "plugged in but the car does not charge", "laden stopt na een paar minuten", "",
     "der Stecker steckt, aber es lädt nicht", "la recharge s'arrête au bout de quelques minutes", "el coche no carga",
     "I can't get any power out of the charger", "no sale corriente del cargador"],
)  # fmt: skip
def test_other_trouble_is_no_such_thing(text: str):
    assert aspects.detect(text, topic=2) is Aspect.NONE


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("payout failed", Aspect.PAYOUT_FAILED),
        ("The bank returned the transfer", Aspect.PAYOUT_FAILED),
        ("mislukte uitbetaling, overboeking teruggekomen", Aspect.PAYOUT_FAILED),
        ("fehlgeschlagene Auszahlung, Überweisung zurückgekommen", Aspect.PAYOUT_FAILED),
        ("versement échoué, virement retourné", Aspect.PAYOUT_FAILED),
        ("el banco devolvió la transferencia", Aspect.PAYOUT_FAILED),
        ("payouts don't match the dashboard", Aspect.DIFFERENCE),
        ("My payout is lower than the revenue in the portal", Aspect.DIFFERENCE),
        ("uitbetaling klopt niet met het dashboard", Aspect.DIFFERENCE),
        ("Die Auszahlung ist niedriger als der Umsatz", Aspect.DIFFERENCE),
        ("le versement ne correspond pas au tableau de bord", Aspect.DIFFERENCE),
        ("la liquidación no coincide con el panel", Aspect.DIFFERENCE),
        ("I need a yearly statement for my accountant", Aspect.STATEMENT),
        ("ik heb een jaaropgave nodig voor de boekhouder", Aspect.STATEMENT),
        ("Ich brauche eine Jahresübersicht für den Steuerberater", Aspect.STATEMENT),
        ("relevé annuel, historique d'utilisation", Aspect.STATEMENT),
        ("exportar todas las sesiones para hacienda", Aspect.STATEMENT),
        ("when will you pay us for October", Aspect.DUE),
        ("my payout didn't arrive", Aspect.DUE),
        ("wanneer wordt er uitbetaald", Aspect.DUE),
        ("Auszahlung für Oktober ist nicht angekommen", Aspect.DUE),
        ("le versement d'octobre n'est pas arrivé", Aspect.DUE),
        ("la liquidación de octubre no ha llegado", Aspect.DUE),
        ("question about the payouts", Aspect.NONE),
    ],
)
def test_what_is_asked_about_payouts(text: str, aspect: Aspect):
    assert aspects.detect(text, topic=10) is aspect


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("new charger not appearing under the right property", Aspect.ASSIGN),
        ("assign charger to unit", Aspect.ASSIGN),
        ("laadpaal toewijzen aan een appartement", Aspect.ASSIGN),
        ("Ladestation einer Wohnung zuordnen", Aspect.ASSIGN),
        ("attribuer une borne à un logement", Aspect.ASSIGN),
        ("asignar un punto de carga a una unidad", Aspect.ASSIGN),
        ("Bookings from Guesty are not showing up", Aspect.BOOKINGS),
        ("the calendar is not synced", Aspect.BOOKINGS),
        ("reserveringen worden niet gesynchroniseerd", Aspect.BOOKINGS),
        ("Buchungen kommen nicht an", Aspect.BOOKINGS),
        ("Hospitable n'importe plus les réservations", Aspect.BOOKINGS),
        ("Guesty ya no importa reservas", Aspect.BOOKINGS),
        ("the PMS does not sync chargers or bookings", Aspect.NONE),
        ("Please move CP-7 to the Seaside property", Aspect.NONE),
    ],
)
def test_chargers_and_bookings_are_two_questions(text: str, aspect: Aspect):
    assert aspects.detect(text, topic=8) is aspect


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
    assert (aspects.detect(text, topic=1) is Aspect.DARK) is dark
