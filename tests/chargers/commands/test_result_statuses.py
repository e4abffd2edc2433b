"""Which status of an answer means yes, no, or not supported."""

import pytest

from chargers.commands import result_statuses
from chargers.commands.result_statuses import CommandResult, Result
from chargers.sentences import commands, stored


@pytest.mark.parametrize(
    ("action", "status", "result"),
    [
        ("Reset", "Rejected", Result.REJECTED),
        ("Reset", "Sideways", Result.REJECTED),
        ("ChangeAvailability", "Scheduled", Result.ACCEPTED),
        ("DataTransfer", "UnknownVendorId", Result.NOT_SUPPORTED),
        ("GetInstalledCertificateIds", "NotFound", Result.ACCEPTED),
        ("DeleteCertificate", "NotFound", Result.REJECTED),
    ],
)
def test_it_knows_what_a_status_means(action, status, result):
    assert result_statuses.of_status(action, status) is result


def test_its_words_are_english_in_255_characters():
    assert CommandResult(Result.REJECTED, commands.describe_status("Reset", "Rejected")).words == "The charger refused."
    assert len(CommandResult(Result.ERROR, stored.free("x" * 300)).words) == 255
