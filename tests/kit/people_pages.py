"""What the tests of api.people, views.invitation, views.outsiders and views.people share."""

from django.test import Client

PEOPLE = "/people/sunset/"
NEW = "kim@example.com"


def text_of(response):
    return response.content.decode()


def let_in(client: Client, email: str = NEW, *, kind: str = "installer", place: str = "charger:CP1"):
    said = {"email": email, "kind": kind, "place": place, "reason": "Ticket 7"}
    return client.post(f"{PEOPLE}outsiders/add/", said)
