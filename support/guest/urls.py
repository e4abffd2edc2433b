"""Addresses of those who ask for help."""

from django.urls import path

from support.guest import articles, asking, conversations, tickets

app_name = "help"
urlpatterns = [
    path("", asking.anywhere, name="start"),
    path("articles/", articles.article_list, name="articles"),
    path("articles/<slug:slug>/", articles.article_page, name="article"),
    path("articles/<slug:slug>/answer", articles.article_answer, name="article-answer"),
    path("c/<str:station_id>/", asking.at_charger, name="charger"),
    path("s/<str:secret>/", asking.of_session, name="session"),
    path("a/<str:secret>/", conversations.conversation_page, name="assistant"),
    path("t/<str:secret>/", tickets.ticket_page, name="ticket"),
    path("t/<str:secret>/rate", tickets.rate, name="rate"),
    path("t/<str:secret>/files/<uuid:attachment_id>", tickets.attachment, name="file"),
]
