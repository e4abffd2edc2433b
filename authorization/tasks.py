"""What is done about cards while nobody looks. Every task may run twice, late or beside itself."""

from datetime import UTC, datetime

from celery import shared_task

from authorization import token_imports


@shared_task
def forget_token_imports() -> int:
    """Deletes uploaded files of cards that nobody applied within their hour."""
    return token_imports.forget(now=datetime.now(tz=UTC))
