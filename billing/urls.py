"""The portal's rooms about money."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.dashboard_page, name="dashboard"),
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/<uuid:session_id>/", views.session_page, name="session"),
    path("sessions/<uuid:session_id>/waive/", views.session_waive, name="session-waive"),
    path("sessions/<uuid:session_id>/review/", views.session_review, name="session-review"),
    path("books/", views.books, name="books"),
    path("books/<int:pk>/", views.books_account, name="books-account"),
    path("sessions/<uuid:session_id>/refund/", views.refund_new, name="refund"),
    path("sessions/refunds/<uuid:refund_id>/", views.refund_answer, name="refund-answer"),
    path("rates/", views.rate_list, name="rates"),
    path("rates/add/", views.rate_add, name="rate-add"),
    path("rates/<int:pk>/", views.rate_page, name="rate"),
    path("rates/<int:pk>/assign/", views.rate_assign, name="rate-assign"),
    path("rates/<int:pk>/rehearsal/", views.rate_rehearsal, name="rate-rehearsal"),
    path("rates/<int:pk>/withdraw/", views.rate_withdraw, name="rate-withdraw"),
    path("rates/<int:pk>/unassign/", views.rate_unassign, name="rate-unassign"),
    path("chargers/<str:charger_id>/label/", views.label_page, name="label"),
    path("chargers/<str:charger_id>/label/labels.pdf", views.label_pdf, name="label-pdf"),
    path("chargers/<str:charger_id>/label/code.svg", views.label_svg, name="label-svg"),
    path("chargers/<str:charger_id>/label/<int:connector>/code.svg", views.label_svg, name="label-svg-connector"),
]
