#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from typing import NoReturn


def main() -> None:
    """Runs a command; what its surroundings lack is told in one sentence instead of a traceback (exit 2)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415
    from redis.exceptions import ConnectionError as RedisUnreachableError  # noqa: PLC0415

    from backoffice.embedded import EmbeddedError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EmbeddedError) as exc:
        _end(str(exc))
    except OperationalError as exc:
        if getattr(exc.__cause__, "sqlstate", None) is not None:  # the server answered: another trouble
            raise
        _end(_unreachable("PostgreSQL", variable="DATABASE_URL"))
    except RedisUnreachableError:
        _end(_unreachable("Redis", variable="REDIS_URL"))
    except BrokenPipeError:  # what reads us, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _unreachable(server: str, *, variable: str) -> str:
    place = f"at {variable}" if os.environ.get(variable) else "in DATA_DIR"
    return f"{server} does not answer {place}: run `make demo` in another terminal, or set {variable} to one that does."


def _end(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
