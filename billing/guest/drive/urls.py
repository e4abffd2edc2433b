"""The drivers' addresses."""

from django.urls import path

from billing.guest.drive import account, cards, entering, plan_change, plans

app_name = "drive"
urlpatterns = [
    path("", account.home, name="home"),
    path("enter/", entering.enter, name="enter"),
    path("link", entering.link, name="link"),
    path("password", entering.password, name="password"),
    path("leave", entering.leave, name="leave"),
    path("come-in/<str:secret>/", entering.come_in, name="come-in"),
    path("keep/<str:secret>", account.keep, name="keep"),
    path("history/", account.history, name="history"),
    path("cards/", cards.cards, name="cards"),
    path("cards/<uuid:card_id>/", cards.card_page, name="card"),
    path("cards/<uuid:card_id>/act", cards.card_act, name="card-act"),
    path("start/<str:station_id>/<int:connector>", cards.start, name="start"),
    path("resident/<str:station_id>/<int:connector>", cards.start_as_resident, name="start-as-resident"),
    path("tokens/", account.tokens, name="tokens"),
    path("tokens/<int:pk>/pay-with", account.token_pay_with, name="token-pay-with"),
    path("tokens/<int:pk>/give-up", account.token_give_up, name="token-give-up"),
    path("plans/", plans.overview, name="plans"),
    path("plans/<int:pk>/", plans.offer, name="offer"),
    path("plans/<uuid:period_id>/back", plans.return_from_bank, name="plan-back"),
    path("plans/<uuid:period_id>/pay", plans.pay, name="plan-pay"),
    path("plans/changes/<uuid:change_id>/back", plan_change.return_from_bank, name="plan-change-back"),
    path("plans/mine/<uuid:subscription_id>/", plans.subscription_page, name="subscription"),
    path("invoices/<str:label>.pdf", plans.invoice, name="invoice"),
    path("account/", account.account, name="account"),
    path("account/my-charging.json", account.export, name="export"),
    path("account/delete/", account.delete, name="delete"),
]
