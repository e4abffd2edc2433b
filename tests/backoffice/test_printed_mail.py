"""Mails without a mail server are printed to be read: files by name and size."""

import io

from django.core.mail import EmailMessage

from backoffice.printed_mail import EmailBackend


def test_a_file_is_one_line_and_the_mail_keeps_it():
    printed = io.StringIO()
    mail = EmailMessage("Receipt", "Thank you.", "a@example.com", ["b@example.com"])
    mail.attach("receipt.pdf", b"%PDF-1.7" * 1000, "application/pdf")

    EmailBackend(stream=printed).send_messages([mail])

    text = printed.getvalue()
    assert "Subject: Receipt" in text
    assert "Thank you." in text
    assert "Attached: receipt.pdf (application/pdf, 8,000 bytes)" in text
    assert "JVBERi" not in text, "base64 of %PDF"
    assert len(mail.attachments) == 1
