"""The table of docs/ocpp.md names every message that a charger may send, under its versions."""

from pathlib import Path

from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import Sender

PAGE = Path(__file__).resolve().parents[3] / "docs" / "ocpp.md"


def test_it_documents_every_message_of_every_version():
    text = PAGE.read_text().partition("## What chargers send")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    told = {
        version: {row[0] for row in cells[1:] if row[column] == "✓"} for column, version in enumerate(Version, start=1)
    }

    assert told == {version: schemas.actions(version=version, sender=Sender.CHARGER) for version in Version}
    assert all(row[4] and row[5] for row in cells)
