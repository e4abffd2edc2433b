"""What card processors and banks call and show."""

from django.urls import path

from billing.views import processors

app_name = "processors"
urlpatterns = [
    path("webhooks/simulated/", processors.simulated_webhook, name="simulated-webhook"),
    path("webhooks/stripe/", processors.stripe_webhook, name="stripe-webhook"),
    path("processor/simulated/<str:ref>/", processors.simulated_confirmation, name="simulated-confirmation"),
]
