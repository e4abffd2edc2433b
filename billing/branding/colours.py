"""Readable colours: contrast by WCAG 2.2 (1.4.3), and a style sheet for both themes. Pure."""

import re
from typing import Final

from chargers.text.mail_html import MailStyle

LEAST_CONTRAST: Final = 4.5
_COLOUR: Final = re.compile(r"^#?([0-9a-f]{3}|[0-9a-f]{6})$")
_WHITE: Final = "#ffffff"
_LIGHT_SURFACES: Final = ("#ffffff", "#f7f8f9")
_DARK_SURFACES: Final = ("#1a2126", "#12171b")
_STEPS: Final = 40


class ColourError(Exception):
    """The colour cannot be used; the message gives the reason and the remedy."""


def read(text: str) -> str:
    """Returns `#rrggbb` in lower case. Raises ColourError if it is not a colour, or is unreadable on a light page."""
    match = _COLOUR.match(text.strip().lower())
    if match is None:
        raise ColourError("Write the colour as # with six digits, such as #0b5cad.")
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    colour = f"#{digits}"
    least = min(contrast(colour, surface) for surface in _LIGHT_SURFACES)
    if least < LEAST_CONTRAST:
        raise ColourError(
            f"{colour} is too light: white text on it has a contrast of {least:.1f}, and at least {LEAST_CONTRAST} is "
            "needed to be read. Choose a darker colour."
        )
    return colour


def contrast(first: str, other: str) -> float:
    """Returns the contrast, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(first), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on_dark(colour: str) -> str:
    """Returns the colour itself, or its first tint that is readable in the dark theme."""
    for step in range(_STEPS + 1):
        tint = _mix_colours(colour, _WHITE, share=step / _STEPS)
        if min(contrast(tint, surface) for surface in _DARK_SURFACES) >= LEAST_CONTRAST:
            return tint
    return _WHITE


def mail_style(sender: str, colour: str) -> MailStyle:
    """Returns the look of mails: the colour and its tint for dark pages; ours if the host has none."""
    return MailStyle(sender, colour, on_dark(colour)) if colour else MailStyle(sender)


OURS: Final = "#0b5cad"
_OUR_TINT: Final = "#6cb2f5"


def preview_sheet(colour: str) -> str:
    """Returns the accents of a light and a dark part of one page; ours if the host has no colour."""
    light, dark = colour or OURS, on_dark(colour) if colour else _OUR_TINT
    return f".brand-light{{--accent:{light};--accent-ink:#fff}}\n.brand-dark{{--accent:{dark};--accent-ink:#000}}\n"


def contrasts(colour: str) -> list[str]:
    """Says how well the colour can be read, on light and on dark pages."""
    light, dark = colour or OURS, on_dark(colour) if colour else _OUR_TINT
    least = min(contrast(light, surface) for surface in _LIGHT_SURFACES)
    darkest = min(contrast(dark, surface) for surface in _DARK_SURFACES)
    return [
        f"Light pages: {light} has a contrast of {least:.1f} with white, and {LEAST_CONTRAST} is enough.",
        f"Dark pages: {dark} has a contrast of {darkest:.1f} with the page, and {LEAST_CONTRAST} is enough.",
    ]


def style_sheet(colour: str) -> str:
    """Returns the accent of a page in the light and in the dark theme."""
    light = f"--accent:{colour};--accent-ink:#fff;--accent-soft:{_mix_colours(colour, _WHITE, share=0.88)}"
    tint = on_dark(colour)
    dark = f"--accent:{tint};--accent-ink:#000;--accent-soft:{_mix_colours(tint, '#1a2126', share=0.8)}"
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _mix_colours(first: str, other: str, *, share: float) -> str:
    parts = zip(_channels(first), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
