"""What of "it does not charge" somebody means where the usual advice would be wrong: the plug is stuck, or charging
cannot be stopped. Pure."""

import re
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark
from support.assistant.folding import folded


class Aspect(StrEnum):
    """A symptom with advice of its own, within topic 2."""

    NONE = ""
    STUCK = "stuck"
    NO_STOP = "no_stop"


_STUCK: Final = re.compile(
    r"\bstuck\b|\bjammed\b|\b(?:cannot|can.?t|can not|unable to|impossible to)\b.{0,12}\b(?:unplug|disconnect|pull|remove)"  # noqa: E501
    r"|\b(?:wo|does|did)n.?t (?:come out|unplug|release|let go)|\bwill not come out|\blocked in(?:to)? (?:the|my) car"
    r"|\bvast(?:zit|gelopen|geklemd)?\b|\bgeklemd|\bniet (?:meer )?(?:eruit|los\w*|uittrekken)\b|\bgaat er niet uit"
    r"|\bsteck(?:t|en)\b.{0,25}\bfest|\bfest(?:steck|sitz|geklemm)\w*|\bklemmt|\bverklemmt|\bsitzt fest"
    r"|\bnicht (?:mehr )?(?:abziehen|abstecken|herausziehen|rausziehen|losen|raus|heraus)\b"
    r"|\bcoince|\bbloque\w* dans|\b(?:cable|prise|fiche)\b.{0,15}\bbloque|\b(?:debrancher|retirer|enlever)\b.{0,15}\b(?:cable|prise)"  # noqa: E501
    r"|\b(?:impossible de|n.arrive pas a|peux pas) (?:le |la )?(?:debrancher|retirer|enlever)"
    r"|\batascad|\btrabad|\b(?:cable|enchufe|conector)\b.{0,15}\bbloquead|\bno se suelta|\bno sale\b"
    r"|\bno (?:puedo|se puede|consigo|logro|se deja) (?:desenchufar|sacar|desconectar|quitar|soltar)"
)
_NO_STOP: Final = re.compile(
    r"\b(?:cannot|can.?t|can not|won.?t|will not|does ?n.?t|does not|do not|don.?t|unable to|impossible to|how (?:do|can) i)"  # noqa: E501
    r" (?:be )?(?:stop|end|finish|terminate)(?:ped|ed)?\b"
    r"|\bstopt (?:maar )?niet|\bniet (?:meer )?(?:te )?(?:stoppen|beeindigen|gestopt|stopzetten)\b|\bblijft laden\b"
    r"|\bnicht (?:mehr )?(?:beenden|stoppen|anhalten|abbrechen|abschalten)\b|\b(?:hort|hoert) nicht auf\b|\bstoppt nicht\b"  # noqa: E501
    r"|\bne s.arrete (?:pas|plus)|\b(?:impossible d|n.arrive pas a|peux pas|ne peut pas)\W(?:l.|la |le )?(?:arreter|stopper|terminer)"  # noqa: E501
    r"|\bno (?:puedo|se puede|consigo|logro|me deja) (?:parar|detener|terminar|finalizar)|\bno (?:se )?(?:para|detiene)\b"  # noqa: E501
)
_DARK: Final = re.compile(
    r"\b(?:no|without(?: any)?|not any) (?:\w+ )?(?:lights?|leds?|display)\b"
    r"|n.?t (?:have|show|see) any (?:lights?|leds?)\b"
    r"|\b(?:lights?|leds?|display|screen|charger|everything|all) (?:is|are|stays?|remains?) (?:all |completely )?(?:off|out|dark|black)\b"  # noqa: E501
    r"|\bgeen (?:\w+ )?(?:lampje|lichtje|licht|led|display)\w*|\b(?:scherm|display|laadpaal|laadpunt|alles) is (?:helemaal )?(?:donker|zwart|uit)\b"  # noqa: E501
    r"|\bkein\w* (?:\w+ )?(?:licht|led|lampe|anzeige|display)\w*|\bleuchtet (?:gar )?nicht|\b(?:anzeige|display|saule|ladestation|wallbox|alles) (?:ist|bleibt) (?:ganz |vollig )?(?:dunkel|schwarz|aus)\b"  # noqa: E501
    r"|\bauc\w+ (?:voyant|lumiere|led)|\b(?:ecran|borne|voyants?|tout|lumieres?) (?:est|sont|reste\w*) (?:completement |toute? )?(?:eteint|noir)"  # noqa: E501
    r"|\b(?:sin|ningun\w*|no hay) (?:\w+ )?(?:luz|luces|led)\w*|\b(?:pantalla|cargador|punto|luz|luces|todo) (?:esta|estan|sigue\w*) (?:completamente )?(?:apagad|negr|oscur)"  # noqa: E501
)
STEPS: Final = {
    Aspect.STUCK: (
        mark("Unlock the car with its key or app, and pull the plug straight out at once: a locked car holds it."),
        mark("If the session still runs, stop it on your session’s page. Then unlock the car once more and pull."),
        mark(
            "Use no force. Many cars have a release for emergencies: the car’s manual says where. "
            "Otherwise ask the host, or write to us: a person here can send the charger the order to release the plug."
        ),
    ),
    Aspect.NO_STOP: (
        mark("Press “Stop charging” on your session’s page. A charging card that started the session stops it, too."),
        mark("Unlock the car, end charging in the car or its app, and pull the plug out: that ends the session."),
        mark(
            "If it goes on, ask the host, or write to us: a person here can send the charger the order to stop."
        ),
    ),
}  # fmt: skip


def of(text: str) -> Aspect:
    """A stuck plug first: people who cannot pull it out have often tried to stop as well."""
    plain = folded(text)
    if _STUCK.search(plain):
        return Aspect.STUCK
    return Aspect.NO_STOP if _NO_STOP.search(plain) else Aspect.NONE


def is_dark(text: str) -> bool:
    """Whether somebody writes that nothing is lit at the charger: then that is not asked."""
    return _DARK.search(folded(text)) is not None
