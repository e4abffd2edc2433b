"""Mails without a mail server lie in files, and the output names each in one line."""

import email
import email.policy
import io
from pathlib import Path

import pytest
from django.core.mail import EmailMessage

from backoffice import printed_mail
from backoffice.printed_mail import EmailBackend


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_a_mail_is_one_line_and_a_file_that_mail_programs_open(data_dir: Path):
    printed = io.StringIO()
    mail = EmailMessage("Your\treceipt", "Thank you.\nhttps://a.example/x", "a@example.com", ["b@example.com"])
    mail.attach("receipt.pdf", b"%PDF-1.7" * 1000, "application/pdf")

    EmailBackend(stream=printed).send_messages([mail])

    [file] = (data_dir / "mails").iterdir()
    assert printed.getvalue() == f"Mail to b@example.com: “Your receipt”  {file}\n"
    kept = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = kept.get_body()
    assert body is not None
    assert "https://a.example/x" in body.get_content()
    assert [one.get_filename() for one in kept.iter_attachments()] == ["receipt.pdf"]


def test_only_its_owner_reads_it(data_dir: Path):
    EmailBackend(stream=io.StringIO()).send_messages([EmailMessage("x", "y", "a@example.com", ["b@example.com"])])

    [file] = (data_dir / "mails").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_an_address_names_no_other_folder_and_the_oldest_go(data_dir: Path, monkeypatch):
    monkeypatch.setattr(printed_mail, "_MAX_FILES", 2)
    printed = io.StringIO()
    for to in ("one@example.com", "../../two@example.com", "three@example.com"):
        EmailBackend(stream=printed).send_messages([EmailMessage("x", "y", "a@example.com", [to])])

    names = sorted(file.name.partition("-")[2] for file in (data_dir / "mails").iterdir())
    assert names == [".._.._two@example.com.eml", "three@example.com.eml"]
    assert len(printed.getvalue().splitlines()) == 3
