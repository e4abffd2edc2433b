"""A sample of each reason."""

import re

from billing.engine.reports.reasons import PATTERNS, SPARED, Code, PriceReason

BEGIN, END = "2026-03-10T14:00:00Z", "2026-03-10T15:30:00Z"


FACTS = {
    "spans": [[BEGIN, END]],
    "spared": [[what, 600] for what in SPARED],
    "readings": [[BEGIN, 300, "the register cannot run backwards"]],
    "group": "staff",
    "plan": "Neighbour",
    "minutes": 30,
    "days": 366,
    "energy": 84,
    "least": 100,
    "begin": 5,
    "end": 4,
}


OF_ENDING = {
    "_at": BEGIN, "_amount": ["0.40", "USD"], "_kwh": "12.5", "_pct": "20", "_wh": 1234, "_w": 11000, "_s": 3900,
}  # fmt: skip


def sample(code: Code) -> PriceReason:
    """Returns the reason with every fact that its pattern names."""
    names = re.findall(r"%\((\w+)\)s", PATTERNS[code])
    return PriceReason(code, {name: FACTS.get(name) or _by_ending(name) for name in names})


def _by_ending(name: str) -> object:
    return next(fact for ending, fact in OF_ENDING.items() if name.endswith(ending))
