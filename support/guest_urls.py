"""URLs for people who ask for help."""

from django.urls import path

from support.asking import articles
from support.asking.guest import asking, conversations, tickets
from support.incidents import guest as status
from support.tickets import guest as identities

app_name = "help"
urlpatterns = [
    path("status/<slug:host>/", status.status_page, name="status"),
    path("help/", asking.ask_without_subject, name="start"),
    path("help/articles/", articles.article_list, name="articles"),
    path("help/articles/<slug:slug>/", articles.article_page, name="article"),
    path("help/articles/<slug:slug>/answer", articles.article_answer, name="article-answer"),
    path("help/c/<str:station_id>/", asking.at_charger, name="charger"),
    path("help/s/<str:secret>/", asking.of_session, name="session"),
    path("help/a/<str:secret>/", conversations.conversation_page, name="assistant"),
    path("help/i/<str:secret>/", identities.identity_page, name="identity"),
    path("help/t/<str:secret>/", tickets.ticket_page, name="ticket"),
    path("help/t/<str:secret>/rate", tickets.rate, name="rate"),
    path("help/t/<str:secret>/files/<uuid:attachment_id>", tickets.attachment, name="file"),
]
