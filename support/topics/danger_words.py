"""Recognizes words for fire, smoke, sparks and electric shocks, in the five languages. Pure.

People who write them are warned to keep away before anything is looked up, and their ticket is urgent. A false alarm
costs a needless warning; a missed one leaves a person next to a burning charger with a list of topics.
"""

import re
from typing import Final

from support.topics.folding import normalize_text

_LONGEST: Final = 2000
_PATTERNS: Final = (
    # English
    r"smok(?:e|es|ed|ing|y)|on fire|caught fire|catch(?:es|ing)? fire|(?:a|the) fire|flames?|sparks?|sparking",
    r"burn(?:ing|t|ed)? (?:smell|odou?r)|smell\w*(?: \w+){0,3} (?:burn\w*|fire|plastic)|is burning|burnt|scorched",
    r"electrocut\w*|electric(?:al)? shock\w*|shock(?:ed|s) me",
    r"(?:got|get|getting|gave|gives|had|felt)(?: \w+){0,3} shock",
    r"melt(?:s|ed|ing)|explod\w*|explosion|bare wires?|exposed wires?|too hot to touch",
    # German
    r"rauch\w*|qualm\w*|es brennt|in flammen|feuer|verbrannt\w*|verschmort\w*|schmort|funken\w*",
    r"stromschlag\w*|elektrisch\w* schlag|stromstoss|geschmolzen\w*|schmilzt|explodier\w*",
    r"blanke\w* (?:draht|drahte|kabel)",
    # German and Dutch, but no English brand
    r"(?:in|een|der|ein|einen|er is|es ist) brand(?! new)",
    # Dutch
    r"rook\w*|vuur|vlammen|vonk\w*|brandlucht|verbrande?|schroei\w*|gesmolten|smelt|ontploft?|blote draden",
    r"stroomstoot|stroomschok|elektrische schok|schok gekregen",
    # French
    r"fumee\w*|fume|(?:en|prend|pris|au) feu|incendie\w*|brul(?:e|ee|es|ent|ure)|etincell\w*|en flammes",
    r"(?:decharge|choc) electrique|(?:pris|recu) (?:une decharge|un choc|le courant|du courant)|fondu\w*|explos\w*",
    # Spanish
    r"humo|humea|fuego|en llamas|incendi\w*|quemad\w*|se quema|chisp\w*|descarga electrica|calambre\w*",
    r"derreti\w*|explot\w*",
)
_NAMED: Final = re.compile(rf"\b(?:{'|'.join(_PATTERNS)})\b")


def are_named(text: str) -> bool:
    """Whether a person may be in danger near a charger."""
    return _NAMED.search(normalize_text(text, max_length=_LONGEST)) is not None
