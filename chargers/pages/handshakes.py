"""Handshakes on pages: the time span shown, and the address by which the viewer came."""

from datetime import timedelta

from django.http import HttpRequest

from chargers.handshake.addresses import Origin

SHOWN_FOR = timedelta(days=7)


def origin_of(request: HttpRequest) -> Origin:
    return Origin(host=request.get_host(), is_secure=request.is_secure())
