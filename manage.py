#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from importlib import import_module
from typing import Final, NoReturn

_WITHOUT_MODELS: Final = {
    "price_session": "billing.management.commands.price_session",
    "price_cdr": "billing.management.commands.price_cdr",
    "up": "backoffice.management.commands.up",
}
"""Commands that need no models, by their module: the price engine, which scripts call thousands of times, and the
supervisor, which starts others that have them."""


def main() -> None:
    """Runs a command; what its surroundings lack is told in one sentence instead of a traceback (exit 2)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    try:
        if sys.argv[1:2] and sys.argv[1] in _WITHOUT_MODELS:
            import_module(_WITHOUT_MODELS[sys.argv[1]]).Command().run_from_argv(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        _end(str(exc))
    except OperationalError as exc:
        if getattr(exc.__cause__, "sqlstate", None) is not None:  # the server answered: another trouble
            raise
        _end(_unreachable("PostgreSQL", variable="DATABASE_URL"))
    except BrokenPipeError:  # what reads us, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as exc:
        if _is_raised_by(exc, "redis.exceptions", "ConnectionError"):
            _end(_unreachable("Redis", variable="REDIS_URL"))
        if _is_raised_by(exc, "backoffice.embedded", "EmbeddedError"):
            _end(str(exc))
        raise


def _is_raised_by(exc: Exception, module: str, name: str) -> bool:
    """Looks only at what is imported already: a class that was never imported cannot have been raised."""
    return module in sys.modules and isinstance(exc, getattr(sys.modules[module], name))


def _unreachable(server: str, *, variable: str) -> str:
    place = f"at {variable}" if os.environ.get(variable) else "in DATA_DIR"
    return f"{server} does not answer {place}: run `make demo` in another terminal, or set {variable} to one that does."


def _end(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
