"""Where a scan leads: to the charger of a label, or to a prompt that says why it does not and what to do next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from billing.branding import domains
from billing.sessions.scanning import codes, decoder
from billing.sessions.scanning.codes import Code, OtherAddress, OwnLabel, OwnPage
from billing.sessions.scanning.decoder import Problem, Reading
from billing.sessions.starting import landing
from billing.sessions.starting.landing import Prompt, Step
from chargers.lib.i18n import mark
from chargers.models import Charger, Evse

UNKNOWN_STATION: Final = "scan_unknown_station"
_MAX_LABELS: Final = 4
"""So many labels of ours are looked up, so that a picture of many codes is no way to try Station IDs."""
_MAX_NAMES: Final = 3
_MAX_NAME: Final = 80
_NOT_A_LABEL: Final = mark("This is not the code of a charger’s label")
_TYPE_IT: Final = mark("Type the Station ID, which our label shows under its code.")
_WHOLE: Final = mark("Get the whole code with its white border into the picture, straight from the front.")
_CLOSER: Final = mark("Go closer until the code fills half of the picture, and hold still.")
_LIGHT: Final = mark("Look for light without glare, and wipe the label.")
_NO_SCREEN: Final = mark("Photograph the label on the charger itself, not a picture of it on a screen.")
_SMALLER: Final = mark("Take the photo with a smaller picture size, which your camera’s settings offer.")
_RETAKE: Final = mark("Take a new photo of the code.")
_SCAN_OURS: Final = mark("Look for our label on the charger, and scan its code.")
_ENTRY: Final = "#station_id"
"""The field of the page in which a Station ID is typed."""
_PROBLEMS: Final[Mapping[Problem, tuple[str, str, tuple[str, ...]]]] = {
    Problem.EMPTY: (mark("No photo came"), mark("No photo was chosen, or its file is empty."), (_RETAKE, _TYPE_IT)),
    Problem.TOO_MANY_BYTES: (
        mark("The photo is too large"),
        mark("The photo has more than %(megabytes)s MB."),
        (_SMALLER, _TYPE_IT),
    ),
    Problem.TOO_MANY_PIXELS: (
        mark("The photo is too large"),
        mark("The photo has more than %(megapixels)s million pixels."),
        (_SMALLER, _TYPE_IT),
    ),
    Problem.HEIC: (
        mark("This kind of photo cannot be read"),
        mark("The photo is a HEIC file, the format of iPhones."),
        (
            mark("Take the photo with the button of this page: it then comes as JPEG."),
            mark("Or choose Settings > Camera > Formats > Most Compatible, and take a new photo."),
            _TYPE_IT,
        ),
    ),
    Problem.NO_PICTURE: (
        mark("This kind of photo cannot be read"),
        mark("The file is no photo, or is damaged. JPEG, PNG and WebP can be read."),
        (_RETAKE, _TYPE_IT),
    ),
    Problem.TOO_SLOW: (
        mark("The photo could not be read in time"),
        mark("Reading this photo took too long."),
        (_CLOSER, _SMALLER, _TYPE_IT),
    ),
    Problem.BUSY: (
        mark("The photo could not be read in time"),
        mark("Many photos are being read at this moment."),
        (mark("Wait a few seconds, then try again."), _TYPE_IT),
    ),
}


@dataclass(frozen=True, slots=True)
class ScannedLabel:
    """A label of a charger in service. `connector` is None for the label of the whole charger."""

    charger: Charger
    connector: int | None = None

    @property
    def path(self) -> str:
        if self.connector is None:
            return reverse("guest:station", args=[self.charger.station_id])
        return reverse("guest:port", args=[self.charger.station_id, self.connector])


def resolve(texts: Sequence[str], *, host_id: int | None = None) -> ScannedLabel | Prompt:
    """Tells where the codes of one picture lead. Labels of ours go before all else, those of chargers in service first.

    At the domain of a host (`host_id`) a label of another host's charger leads to a prompt with its address.
    """
    names, port = domains.label_names(), domains.own_port()
    read_codes = [codes.classify(text, own_names=names, own_port=port) for text in texts]
    own_labels = [code for code in read_codes if isinstance(code, OwnLabel)]
    labels = list(_find_labels(own_labels[:_MAX_LABELS]))
    if not own_labels:
        return _explain_others(read_codes)
    if not labels:
        return _explain_unknown(own_labels[0].station_id)
    if len(labels) > 1:
        return _ask(labels, host_id=host_id)
    [label] = labels
    return label if _is_served(label, host_id=host_id) else _lead_to_own_page(label)


def explain_reading(reading: Reading) -> Prompt:
    """Returns why a photo without a readable code leads nowhere."""
    if reading.has_damaged_code:
        meaning = mark(
            "There is a code in the photo, but too much of it is missing. It may be damaged, covered, bent or blurred, "
            "or shown on a screen."
        )
        return _build_prompt(
            "scan_damaged_code", mark("The code cannot be read"), meaning, (_LIGHT, _WHOLE, _NO_SCREEN, _TYPE_IT)
        )
    if reading.is_saved_picture:
        meaning = mark("This is a screenshot or a saved picture, not a photo that a camera took of the label.")
        return _build_prompt("scan_saved_picture", mark("No code was found"), meaning, (_NO_SCREEN, _CLOSER, _TYPE_IT))
    meaning = mark("A code is found where it is large, sharp and whole in the photo.")
    return _build_prompt(
        "scan_no_code", mark("No code was found"), meaning, (_CLOSER, _WHOLE, _LIGHT, _NO_SCREEN, _TYPE_IT)
    )


def explain_problem(problem: Problem) -> Prompt:
    """Returns why a photo was not read at all."""
    title, meaning, steps = _PROBLEMS[problem]
    values = {"megabytes": decoder.LIMITS.megabytes, "megapixels": decoder.LIMITS.megapixels}
    return _build_prompt(f"scan_{problem.value}", title, meaning, steps, values)


def explain_too_many() -> Prompt:
    """Returns the prompt for a network that sends too many photos."""
    meaning = mark("Too many photos came from your network in a short time.")
    steps = (mark("Wait a minute, then try again."), _TYPE_IT)
    return _build_prompt("scan_too_many", mark("Too many photos"), meaning, steps)


def _find_labels(own_labels: Iterable[OwnLabel]) -> Iterator[ScannedLabel]:
    """Yields each label of a charger in service once. Two queries for each."""
    seen: set[ScannedLabel] = set()
    for own_label in own_labels:
        charger = landing.find(own_label.station_id)
        if charger is None or not _may_bear_name(charger, own_label.name):
            continue
        label = ScannedLabel(charger, _find_connector(charger, own_label.connector))
        if label not in seen:
            seen.add(label)
            yield label


def _find_connector(charger: Charger, number: int | None) -> int | None:
    """Returns the number if the charger has such an outlet; else the label counts for the whole charger."""
    has_outlet = number is not None and Evse.objects.filter(charger=charger, number=number).exists()
    return number if has_outlet else None


def _may_bear_name(charger: Charger, name: str) -> bool:
    """Whether a label of the charger may have this name: at a host's domain only its own chargers answer."""
    owner = domains.answering(name)
    return owner is None or owner.host_id == charger.property.host_id


def _is_served(label: ScannedLabel, *, host_id: int | None) -> bool:
    """Whether the label's page is at the name at which the guest is."""
    return host_id is None or label.charger.property.host_id == host_id


def _build_own_address(label: ScannedLabel) -> str:
    """Returns the whole address of the label's page, at the name of its host."""
    return domains.base_address(label.charger.property.host_id) + label.path


def _ask(labels: Sequence[ScannedLabel], *, host_id: int | None) -> Prompt:
    steps = [
        Step(_describe(label), label.path if _is_served(label, host_id=host_id) else _build_own_address(label))
        for label in labels
    ]
    title, meaning = mark("Several labels are in the picture"), mark("Choose the one at which you stand.")
    return replace(_build_prompt("scan_several_labels", title, meaning), steps=steps)


def _describe(label: ScannedLabel) -> str:
    station_id = label.charger.station_id
    if label.connector is None:
        return station_id
    return gettext("%(station)s, plug %(number)s") % {"station": station_id, "number": label.connector}


def _lead_to_own_page(label: ScannedLabel) -> Prompt:
    """Returns the prompt of a charger whose host has its pages elsewhere.

    It is a link, because a form may lead to pages of its own name only (Content-Security-Policy).
    """
    text = gettext("Open the page of %(station)s") % {"station": label.charger.station_id}
    meaning = mark("The label is ours. Its charger has its page at another of our addresses.")
    prompt = _build_prompt("scan_other_host", mark("This charger has another page"), meaning)
    return replace(prompt, steps=[Step(text, _build_own_address(label))])


def _explain_unknown(station_id: str) -> Prompt:
    meaning = mark(
        "The label is ours and says “%(station)s”. No charger in service has this Station ID: it was replaced or taken "
        "away."
    )
    steps = (
        mark("If the charger itself shows another Station ID, type that one."),
        mark("Otherwise use another charger, and tell the host about the label."),
    )
    title = mark("This label’s charger is no longer here")
    return _build_prompt(UNKNOWN_STATION, title, meaning, steps, {"station": station_id})


def _explain_others(read_codes: Sequence[Code]) -> Prompt:
    """Returns the prompt for codes of which none is a label of ours."""
    if others := [code for code in read_codes if isinstance(code, OtherAddress)]:
        return _explain_other_addresses(others)
    if pages := [code for code in read_codes if isinstance(code, OwnPage)]:
        return _explain_own_page(pages[0])
    meaning = mark(
        "The code can be read, but it holds no address of ours. It may be the maker’s own, for a serial number or a "
        "Wi-Fi network."
    )
    return _build_prompt("scan_no_address", _NOT_A_LABEL, meaning, (_SCAN_OURS, _TYPE_IT))


def _explain_other_addresses(others: Sequence[OtherAddress]) -> Prompt:
    """Returns the prompt that names where the codes lead: as text, and never as a link."""
    values = {"names": ", ".join(dict.fromkeys(_shorten(other.name) for other in others[:_MAX_NAMES]))}
    steps = (
        mark("Do not pay there: a sticker of somebody else may be pasted over ours."),
        _TYPE_IT,
        mark("If a sticker covers our label, tell the host."),
    )
    if any(other.imitates_ours for other in others):
        meaning = mark("It leads to %(names)s, which looks like an address of ours and is none.")
        return _build_prompt("scan_imitation", mark("This code imitates our address"), meaning, steps, values)
    meaning = mark("It leads to %(names)s, which belongs to another product.")
    return _build_prompt("scan_other_address", mark("This code is not ours"), meaning, steps, values)


def _explain_own_page(page: OwnPage) -> Prompt:
    meaning = mark("The code leads to another page of ours, and to no charger.")
    prompt = _build_prompt("scan_own_page", _NOT_A_LABEL, meaning, (_SCAN_OURS, _TYPE_IT))
    if not page.join_code:
        return prompt
    step = Step(
        gettext("To join with the code of a notice, open its page."), reverse("guest:join", args=[page.join_code])
    )
    return replace(prompt, steps=[step, *prompt.steps])


def _build_prompt(
    code: str, title: str, meaning: str, steps: Sequence[str] = (), values: Mapping[str, object] | None = None
) -> Prompt:
    """Builds a prompt of marked sentences in the active language. `_TYPE_IT` leads to the field."""
    translated = [Step(gettext(step), _ENTRY if step == _TYPE_IT else "") for step in steps]
    return Prompt(code, gettext(title), gettext(meaning) % (values or {}), translated, settings.SUPPORT_EMAIL)


def _shorten(name: str) -> str:
    """Returns the name, or its end, which says whose it is."""
    return name if len(name) <= _MAX_NAME else f"…{name[-_MAX_NAME:]}"
