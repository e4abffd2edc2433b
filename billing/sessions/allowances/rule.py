"""The rule of the first line's limit: whether an act, together with earlier ones, gives away more than is allowed."""

from dataclasses import dataclass

from billing.engine.values import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What an act gives away, in minor units.

    `before_minor`: what was already given away of the same `subject`, such as "a session".
    """

    subject: str
    amount_minor: int
    before_minor: int = 0
    currency: str

    @property
    def total_minor(self) -> int:
        return self.amount_minor + self.before_minor


def obstacle(gift: Gift, *, most_minor: int) -> str:
    """Returns why the first line may not give it: the limit, the total and who may. Empty if it may."""
    if gift.amount_minor <= 0 or gift.total_minor <= most_minor:
        return ""
    limit_text, amount = (money.text(minor, currency=gift.currency) for minor in (most_minor, gift.amount_minor))
    comes = f"this gives away {amount}"
    if gift.before_minor > 0:
        before, total = (money.text(minor, currency=gift.currency) for minor in (gift.before_minor, gift.total_minor))
        comes += f", with the {before} before it {total}"
    return (
        f"The first line gives away at most {limit_text} of {gift.subject}, and {comes}. "
        "An agent of the second line can do it: "
        "give the ticket to the second line."
    )
