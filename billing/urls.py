"""The portal's rooms about money."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/<uuid:session_id>/", views.session_page, name="session"),
]
