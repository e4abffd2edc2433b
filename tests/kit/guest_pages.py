"""What the tests of guest.views and starting.landing share."""

from authorization.decide import reasons


def shows(response, code: str, *, first: str = "", meaning: str = "") -> bool:
    """Whether the page shows this reason's prompt: its meaning and every next step.

    `first` and `meaning` replace the first step and the catalogue's meaning.
    """
    text = response.content.decode()
    advice = reasons.get(code).guest
    steps = [step.text for step in advice.next_steps]
    steps = [first, *steps[1:]] if first else steps
    return all(words.replace("'", "&#x27;") in text for words in (meaning or advice.meaning, *steps))
