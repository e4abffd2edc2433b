"""Sentences about chargers of a job: why one waits, failed or was skipped. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from chargers.sentences import stored
from chargers.sentences.stored import Plain, Sentence


class JobCode(StrEnum):
    """Codes of sentences about a job's chargers."""

    NOT_ALLOWED = "job.not_allowed"
    NO_ACCOUNT = "job.no_account"
    RETIRED = "job.retired"
    HARDWARE_REPLACED = "job.hardware_replaced"
    OFFLINE = "job.offline"
    WAITS_FOR_IDLE = "job.waits_for_idle"
    GAVE_UP = "job.gave_up"
    CANCELLED = "job.cancelled"
    NOT_OFFERED = "job.not_offered"
    NOT_VALID = "job.not_valid"
    NOTHING_PLUGGED_IN = "job.nothing_plugged_in"
    ALREADY_SO = "job.already_so"
    TEMPLATE_DOES_NOT_FIT = "job.template_does_not_fit"
    TEMPLATE_GONE = "job.template_gone"
    RATE_GONE = "job.rate_gone"
    OTHER_HOST = "job.other_host"
    ANSWERED = "job.answered"
    FIRMWARE_STEP = "job.firmware_step"
    FIRMWARE_NOT_SEEN = "job.firmware_not_seen"
    FIRMWARE_NOW = "job.firmware_now"
    BROKE = "job.broke"


PATTERNS: Final[dict[str, str]] = {
    JobCode.NOT_ALLOWED: "%(who)s may not do this at this charger any more.",
    JobCode.NO_ACCOUNT: "%(who)s has no account or key any more.",
    JobCode.RETIRED: "The charger is retired.",
    JobCode.HARDWARE_REPLACED: "The hardware was replaced meanwhile: choose the charger again if it is meant too.",
    JobCode.OFFLINE: "Waits until the charger is online.",
    JobCode.WAITS_FOR_IDLE: "Waits until nobody charges here.",
    JobCode.GAVE_UP: "Not sent: the job ran out of time.",
    JobCode.CANCELLED: "Cancelled by %(who)s.",
    JobCode.NOT_OFFERED: "OCPP %(version)s has no such command.",
    JobCode.NOT_VALID: "Not sent: %(why)s",
    JobCode.NOTHING_PLUGGED_IN: "No cable is plugged in without a session.",
    JobCode.ALREADY_SO: "It was so already.",
    JobCode.TEMPLATE_DOES_NOT_FIT: "The template is for other chargers.",
    JobCode.TEMPLATE_GONE: "The template is not there any more.",
    JobCode.RATE_GONE: "The rate is not there any more.",
    JobCode.OTHER_HOST: "The charger belongs to another host than the rate.",
    JobCode.ANSWERED: "%(action)s: %(outcome)s",
    JobCode.FIRMWARE_STEP: "The charger reported: %(step)s.",
    JobCode.FIRMWARE_NOT_SEEN: "The charger accepted the update, and reported no end of it in time.",
    JobCode.FIRMWARE_NOW: "Firmware %(version)s.",
    JobCode.BROKE: "An unexpected error here; support can see it in the log.",
}


def english(sentences: Iterable[Sentence]) -> str:
    """Returns the text for hosts and the API."""
    return stored.render(sentences, PATTERNS, speech=Plain())
