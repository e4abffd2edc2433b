"""Old English of lists, profiles, passwords and certificates becomes codes with facts, once, and nothing is lost."""

from datetime import UTC, datetime

import pytest

from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._report_sentences import REPORTS
from chargers.migrations._stored_sentences import Reader
from chargers.sentences import catalogue, stored
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
READER = Reader({**COMMANDS, **REPORTS})
TWICE = "The charger refused. The full list was sent once more, and refused again."
DRIFT = "It had version 7, where version 1 was ours: somebody else changed its list."
NAMES = "Its subject names CN CP1, CP2: it must be the charger's id CP3."
CASES = [
    ("The charger did not answer 3 times in a row; it is asked again in an hour.", ["sync.not_answered"]),
    (TWICE, ["answered.Rejected", "sync.refused_twice"]),
    ("It had no list any more, where version 4 was ours: somebody emptied it.", ["drift.emptied"]),
    (DRIFT, ["drift.changed"]),
    ("Set by hand; the old password was stopped at once.", ["password.set_at_once"]),
    ("Withdrawn in the portal.", ["password.withdrawn"]),
    ("The charger was not online for too long.", ["certificate.not_online"]),
    ("Certificates for V2GCertificate are not signed here.", ["certificate.use"]),
    ("Its RSA key has 1024 bits: at least 2048 are needed.", ["csr.rsa_too_short"]),
    (NAMES, ["csr.common_name"]),
    ("Its subject names CN nothing: it must be the charger's id CP3.", ["csr.no_common_name"]),
    ("The register fell from 7000 Wh to 6999 Wh.", ["case.register_fell"]),
    ("899.000 kWh in 59 min is more than any charger can give.", ["case.too_much_energy"]),
    ("The charger stopped transaction none, which it never started with us.", ["case.never_started"]),
    ("Something of a maker, cut off in the mid", ["free"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "codes"), CASES)
def test_it_reads_a_text_as_codes_and_says_it_word_for_word_again(text, codes):
    found = READER.read(text)

    assert [sentence["code"] for sentence in found] == codes
    assert READER.english(found) == text
    assert catalogue.english(stored.read(found)) == text


@landed
def test_old_rows_get_codes_and_go_back_to_the_same_english(world: World, migrate: Migrate):
    before, after = [("chargers", "0019_outcomes_of_commands")], [("chargers", "0020_sentences_of_reports")]
    old = migrate(before)
    charger = {"charger_id": world.charger.pk}
    old.get_model("chargers", "CardMemory").objects.create(**charger, problem=TWICE, drift=DRIFT, cache_problem="")
    old.get_model("chargers", "PasswordChange").objects.create(
        **charger, state="withdrawn", origin="system", outcome="Withdrawn in the portal.", created_at=NOW, ended_at=NOW
    )
    old.get_model("chargers", "CertificateRequest").objects.create(**charger, csr="x", outcome=NAMES, asked_at=NOW)

    old.get_model("chargers", "Transaction").objects.create(
        **charger,
        transaction_id="1",
        started_at=NOW,
        start_received_at=NOW,
        case="implausible_energy",
        case_detail="The register was told as 0 Wh at the start and 909948 Wh at the end.",
    )

    new = migrate(after)

    transaction = new.get_model("chargers", "Transaction").objects.get()
    assert transaction.case_sentences == [{"code": "case.from_zero", "facts": {"end": "909948"}}]
    memory = new.get_model("chargers", "CardMemory").objects.get()
    assert [one["code"] for one in memory.problem_sentences] == ["answered.Rejected", "sync.refused_twice"]
    assert memory.drift_sentences == [{"code": "drift.changed", "facts": {"reported": "7", "ours": "1"}}]
    assert memory.cache_problem_sentences == []
    change = new.get_model("chargers", "PasswordChange").objects.get()
    assert change.outcome_sentences == [{"code": "password.withdrawn", "facts": {}}]
    request = new.get_model("chargers", "CertificateRequest").objects.get()
    assert request.outcome_sentences == [
        {"code": "csr.common_name", "facts": {"names": "CP1, CP2", "charger_id": "CP3"}}
    ]

    back = migrate(before)
    memory = back.get_model("chargers", "CardMemory").objects.get()
    assert (memory.problem, memory.drift, memory.cache_problem) == (TWICE, DRIFT, "")
    assert back.get_model("chargers", "PasswordChange").objects.get().outcome == "Withdrawn in the portal."
    assert back.get_model("chargers", "CertificateRequest").objects.get().outcome == NAMES
    assert back.get_model("chargers", "Transaction").objects.get().case_detail == (
        "The register was told as 0 Wh at the start and 909948 Wh at the end."
    )
