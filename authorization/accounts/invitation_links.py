"""The page of a new invitation: its link is mailed, and shown only once."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from authorization.accounts import mail
from authorization.people.members import NewInvitation
from chargers.properties import time_zones


def hand_over(request: HttpRequest, invited: NewInvitation) -> HttpResponse:
    """Mails the link, and shows it this one time."""
    link = settings.PUBLIC_BASE_URL + reverse("invitation", args=[invited.secret])
    is_sent = mail.invite(invited.invitation, link=link)
    context = {
        "room": "people",
        "host": invited.invitation.host,
        "invitation": invited.invitation,
        "link": link,
        "is_sent": is_sent,
        "mails_are_set_up": mail.is_set_up(),
        "zone": time_zones.of_host(invited.invitation.host),
    }
    return render(request, "authorization/people_link.html", context)
