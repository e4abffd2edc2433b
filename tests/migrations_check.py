"""`makemigrations --check` against the real database (without one Django cannot compare the history)."""

from django.core.management import call_command

from tests.kit import servers

if __name__ == "__main__":
    import django

    try:
        servers.start()
        django.setup()
        call_command("makemigrations", check=True, dry_run=True)
    finally:
        servers.pytest_unconfigure()
