"""Addresses of support in the portal."""

from django.urls import path

from support import views

app_name = "support"
urlpatterns = [
    path("support/", views.request_list, name="requests"),
    path("support/articles/", views.article_list, name="articles"),
    path("support/articles/<slug:slug>/", views.article_page, name="article"),
    path("support/articles/<slug:slug>/answer/", views.article_answer, name="article-answer"),
    path("support/ask/", views.ask, name="ask"),
    path("support/shared/<str:secret>/", views.shared, name="shared"),
    path("support/chargers/<str:charger_id>/", views.charger_page, name="charger-timeline"),
    path("support/chargers/<str:charger_id>/sign/", views.sign_answer, name="sign-answer"),
    path("support/sessions/<uuid:session_id>/", views.session_page, name="session-timeline"),
]
