"""Addresses of those who ask for help."""

from django.urls import path

from support.guest import asking, conversations, tickets

app_name = "help"
urlpatterns = [
    path("", asking.anywhere, name="start"),
    path("c/<str:station_id>/", asking.at_charger, name="charger"),
    path("s/<str:secret>/", asking.of_session, name="session"),
    path("a/<str:secret>/", conversations.conversation_page, name="assistant"),
    path("t/<str:secret>/", tickets.ticket_page, name="ticket"),
    path("t/<str:secret>/rate", tickets.rate, name="rate"),
    path("t/<str:secret>/files/<uuid:attachment_id>", tickets.attachment, name="file"),
]
