"""Distinguishes questions within a topic that need different answers: a stuck plug is not a car that does not charge.

Pure.
"""

import re
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark
from support.topics.folding import normalize_text


class Aspect(StrEnum):
    """A symptom with its own advice (topics 1, 2, 9), or a question with its own answer (topics 8, 10)."""

    NONE = ""
    STUCK = "stuck"
    NO_STOP = "no_stop"
    DARK = "dark"
    ASSIGN = "assign"
    BOOKINGS = "bookings"
    PAYOUT_FAILED = "payout_failed"
    DIFFERENCE = "difference"
    STATEMENT = "statement"
    DUE = "due"


_STUCK: Final = re.compile(
    r"\bstuck\b|\bjammed\b|\b(?:cannot|can.?t|can not|unable to|impossible to)\b.{0,12}\b(?:unplug|disconnect|pull|remove)"  # noqa: E501
    r"|\b(?:cannot|can.?t|can not|could ?n.?t|unable to|not able to|impossible to)\b.{0,12}\b(?:get|take|pull)\b(?:(?!power|energy|electric|current).){0,25}\b(?:out|loose)\b"  # noqa: E501
    r"|\b(?:wo|does|did)n.?t (?:come (?:out|off|loose)|unplug|release|let go|budge)|\b(?:will|does|do|did) not (?:come (?:out|off|loose)|unplug|release|let go|budge)"  # noqa: E501
    r"|\blocked in(?:to)? (?:the|my) car"
    r"|\bvast(?:zit|gelopen|geklemd)?\b|\bgeklemd|\bniet (?:meer )?(?:eruit|los\w*|uittrekken)\b"
    r"|\ber niet (?:meer )?uit\b|\bniet (?:meer )?uit (?:de|mijn|het) (?:auto|wagen|laadpunt|laadpaal|lader)\b"
    r"|\bsteck(?:t|en)\b.{0,25}\bfest|\bfest(?:steck|sitz|geklemm)\w*|\bklemmt|\bverklemmt|\bsitzt fest"
    r"|\bnicht (?:mehr )?(?:abziehen|abstecken|herausziehen|rausziehen|ziehen|entfernen|losen|raus|heraus)\b"
    r"|\b(?:bekomm|krieg)e?\b.{0,30}\bnicht (?:mehr )?(?:ab|los)\b"
    r"|\bcoince|\bbloque\w* dans|\b(?:cable|prise|fiche)\b.{0,15}\bbloque|\b(?:debrancher|retirer|enlever)\b.{0,15}\b(?:cable|prise)"  # noqa: E501
    r"|\b(?:impossible (?:de|a)|n.arrive (?:pas|plus) a|peux (?:pas|plus)|parviens (?:pas|plus) a) (?:l.|le |la )?(?:debrancher|retirer|enlever|sortir)"  # noqa: E501
    r"|\b(?:ne sort (?:pas|plus)|ne veut (?:pas|plus) sortir|ne se (?:debranche|retire) (?:pas|plus))\b"
    r"|\batascad|\btrabad|\b(?:cable|enchufe|conector)\b.{0,15}\bbloquead|\bno se suelta"
    r"|\bno sale\b(?! \w* ?(?:corriente|energia|electricidad|luz))"
    r"|\bno (?:puedo|se puede|consigo|logro|se deja|me deja) (?:desenchufar|sacar|desconectar|quitar|retirar|soltar)"
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

_ASSIGN: Final = re.compile(
    r"\bchargers?\b|\bcharg(?:e|ing) ?(?:points?|stations?)\b|\bstations?\b|\bwallbox|\bevse\b|\bnetwork list\b"
    r"|\blaad(?:pal|paal|punt|stat)|\bladers?\b|\bnetwerklijst|\blade(?:stat|saul|punkt|gerat)|\bsaulen?\b|\bnetzwerkliste"
    r"|\bbornes?\b|\bliste du reseau\b|\bcargador|\bpuntos? de (?:re)?carga\b|\blista de la red\b"
)
_BOOKINGS: Final = re.compile(
    r"\bpms\b|\bproperty (?:management )?systems?\b|\bbookings?\b|\breservation|\bcalend|\bical\b|\bsync|\bimport"
    r"|\bguesty|\bhospitable|\btrack\b|\bairbnb|\bboeking|\breserver|\bkalender|\bbuchung|\breservier|\breservas?\b|\bsincron"
)
_FAILED: Final = re.compile(
    r"\bfail|\breturned\b|\bbounced\b|\brejected\b|\bsent (?:it )?back\b"
    r"|\bmislukt|\bterug(?:gekomen|gestort|gestuurd|geboekt)"
    r"|\bfehlgeschlagen|\bzuruck(?:gekommen|gegeben|gewiesen|gebucht)|\babgelehnt"
    r"|\bechou|\bretourne|\brenvoye|\brejete|\bfallid|\bdevuelt|\bdevolvi|\brechazad"
)
_DIFFERENCE: Final = re.compile(
    r"\bmatch|\bmismatch|\bdiffer|\breconcil|\bless than\b|\blower than\b|\btoo (?:low|little|much)\b|\bdiscrepanc|\badd up\b"  # noqa: E501
    r"|\bklop(?:t|pen) (?:\w+ ){0,2}niet\b|\blager dan\b|\bminder dan\b|\bverschil|\bvergelijken\b"
    r"|\bpass(?:t|en) (?:\w+ ){0,2}nicht\b|\bstimm(?:t|en) (?:\w+ ){0,3}nicht\b|\bniedriger als\b|\bweniger als\b|\babweich|\babgleich|\bunterschied"  # noqa: E501
    r"|\bcorrespond|\binferieur|\bmoins que\b|\becart\b|\brapproch"
    r"|\bcoincid|\bmenor(?:es)? que\b|\bmenos que\b|\bdiferencia|\bconcilia|\bno cuadra"
)
_STATEMENT: Final = re.compile(
    r"\bannual|\byearly|\bstatement|\btax(?:es)?\b|\baccountant|\bbookkeep|\bexport|\bcsv\b|\bhistory\b|\breport"
    r"|\bjaar(?:overzicht|opgave|afrekening)|\bmaandrapport|\bbelasting|\bboekhoud|\bgeschiedenis|\brapport|\bexporteren"
    r"|\bjahres|\bmonatsbericht|\bsteuer|\bbuchhalt|\bverlauf\b|\bbericht|\bexportieren|\babrechnung"
    r"|\breleve|\bimpots?\b|\bcomptab|\bhistorique|\bexporter"
    r"|\bextracto|\bhacienda|\bimpuestos|\bcontable|\bhistorial|\binforme|\bexportar"
)
_DUE: Final = re.compile(
    r"\b(?:no|any) (?:money|payouts?|income)\b|n.?t (?:been )?paid|\bnot (?:been )?paid\b"
    r"|\bgeen (?:geld|uitbetaling|inkomsten)\b|\bkeine?n? (?:geld|auszahlung|einnahmen)"
    r"|\b(?:pas|rien) (?:recu |touche )?(?:d.argent|de versement)|\brien (?:recu|touche)\b|\bpas ete paye"
    r"|\b(?:ningun )?(?:dinero|pago|ingreso)s? (?:este|del) mes\b|\bno he (?:recibido|cobrado)\b"
    r"|\bwhen\b|\bnext (?:payout|payment)|\bmissing\b|\bnot (?:yet )?(?:arrived?|come|received)|n.?t (?:arrived?|come|received)|\bdelay|\blate\b|\bon hold\b|\bwhere is\b|\bthreshold"  # noqa: E501
    r"|\bwanneer\b|\bniet (?:aan)?gekomen|\bvertraagd|\bvolgende uitbetaling|\bwaar blijft"
    r"|\bwann\b|\bnicht (?:an)?gekommen|\bverspatet|\bnachste auszahlung|\bwo bleibt"
    r"|\bquand\b|\bpas (?:encore )?arrive|\bretard|\bprochain versement|\bcuando\b|\bno ha(?:n)? llegado|\bretrasad|\bproxim[ao]"  # noqa: E501
)
_OF_TOPIC: Final = {
    1: ((Aspect.DARK, _DARK),),
    2: ((Aspect.STUCK, _STUCK), (Aspect.NO_STOP, _NO_STOP), (Aspect.DARK, _DARK)),
    8: ((Aspect.ASSIGN, _ASSIGN), (Aspect.BOOKINGS, _BOOKINGS)),
    9: ((Aspect.DARK, _DARK),),
    10: (
        (Aspect.PAYOUT_FAILED, _FAILED),
        (Aspect.DIFFERENCE, _DIFFERENCE),
        (Aspect.STATEMENT, _STATEMENT),
        (Aspect.DUE, _DUE),
    ),
}
"""Checked in this order: people with a stuck plug often also tried to stop, and compare payouts with statements."""


def detect(text: str, *, topic: int) -> Aspect:
    """Returns the topic's first aspect that the words name; none if they could be about chargers or bookings."""
    plain = normalize_text(text)
    mentioned_aspects = [aspect for aspect, words in _OF_TOPIC.get(topic, ()) if words.search(plain)]
    return (
        Aspect.NONE
        if not mentioned_aspects or {Aspect.ASSIGN, Aspect.BOOKINGS} <= set(mentioned_aspects)
        else mentioned_aspects[0]
    )


def is_dark(text: str) -> bool:
    """Whether the text tells that no light is on at the charger, so that this need not be asked."""
    return _DARK.search(normalize_text(text)) is not None


_HOST: Final = re.compile(
    r"\bhosts?\b|\boperators?\b|\bpayouts?\b|\bpms\b|\b(?:my|our) (?:chargers|stations|guests|tenants|properties)\b"
    r"|\bverhuurder|\bexploitant|\buitbetaling|\b(?:mijn|onze) (?:laadpalen|laadpunten|laders|gasten|huurders)\b"
    r"|\bgastgeber|\bbetreiber|\bvermieter|\bauszahlung|\b(?:meine|unsere) (?:ladestationen|ladesaulen|gaste|mieter)\b"
    r"|\bhotes?\b|\bexploitant|\bversements?\b|\b(?:mes|nos) (?:bornes|clients|locataires)\b"
    r"|\banfitrion|\boperador|\bliquidacion|\b(?:mis|nuestros) (?:cargadores|huespedes|inquilinos)\b"
)


def is_of_host(text: str) -> bool:
    """Whether the writer is a host: writes of their chargers, guests or payouts."""
    return _HOST.search(normalize_text(text)) is not None
