"""What card processors and banks call and show."""

from django.urls import path

from billing.callbacks import views

app_name = "processors"
urlpatterns = [
    path("webhooks/simulated/", views.simulated_webhook, name="simulated-webhook"),
    path("webhooks/stripe/", views.stripe_webhook, name="stripe-webhook"),
    path("processor/simulated/accounts/<str:ref>/", views.simulated_onboarding, name="simulated-onboarding"),
    path("processor/simulated/<str:ref>/", views.simulated_confirmation, name="simulated-confirmation"),
]
