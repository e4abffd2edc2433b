"""Composition only: settings, URLs, processes. No app imports it."""

from backoffice.celery import app as celery_app

__all__ = ["celery_app"]
