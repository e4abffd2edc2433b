"""URLs for card processors and banks."""

from django.urls import path

from billing.processor_events import callbacks as view_callbacks

app_name = "processors"
urlpatterns = [
    path("webhooks/<slug:name>/", view_callbacks.webhook, name="webhook"),
    path("processor/simulated/accounts/<str:ref>/", view_callbacks.simulated_onboarding, name="simulated-onboarding"),
    path("processor/simulated/<str:ref>/", view_callbacks.simulated_confirmation, name="simulated-confirmation"),
]
