"""URLs of support in the portal."""

from django.urls import path

from support.asking.views import articles as articles_views
from support.asking.views import asking as asking_views
from support.diagnosis import views as diagnosis_views
from support.explain import views as explain_views
from support.tickets import views as tickets_views

app_name = "support"
urlpatterns = [
    path("support/", tickets_views.request_list, name="requests"),
    path("support/articles/", articles_views.article_list, name="articles"),
    path("support/articles/<slug:slug>/", articles_views.article_page, name="article"),
    path("support/articles/<slug:slug>/answer/", articles_views.article_answer, name="article-answer"),
    path("support/ask/", asking_views.ask, name="ask"),
    path("support/shared/<str:secret>/", explain_views.shared_timeline, name="shared"),
    path("support/chargers/<str:charger_id>/", explain_views.charger_page, name="charger-timeline"),
    path("support/chargers/<str:charger_id>/sign/", diagnosis_views.sign_answer, name="sign-answer"),
    path("support/sessions/<uuid:session_id>/", explain_views.session_page, name="session-timeline"),
]
