"""The guest's addresses: short, because they are printed on labels."""

from django.urls import path

from billing.guest import (
    asking,
    booking,
    brand,
    car,
    complaining,
    documents,
    joining,
    language,
    lost,
    offered,
    signs,
    views,
)

app_name = "guest"
urlpatterns = [
    path("charge", views.enter_station, name="enter"),
    path("charge/lost", lost.find, name="lost"),
    path("join/", joining.enter_code, name="join-enter"),
    path("join/<str:code>/", joining.join, name="join"),
    path("language", language.choose, name="language"),
    path("brand/<slug:host>/colours.css", brand.colour_sheet, name="brand-colours"),
    path("brand/<slug:host>/logo.png", brand.logo, name="brand-logo"),
    path("c/<str:station_id>", views.station, name="station"),
    path("c/<str:station_id>/<int:connector>", views.station, name="port"),
    path("c/<str:station_id>/ask", asking.ask, name="ask"),
    path("c/<str:station_id>/sign", signs.of_station, name="station-sign"),
    path("c/<str:station_id>/<int:connector>/start", views.start_for_stay, name="stay-start"),
    path("c/<str:station_id>/booking", booking.prove, name="booking"),
    path("c/<str:station_id>/let-go", booking.let_go, name="let-go"),
    path("stay/<str:secret>/", booking.open_link, name="stay"),
    path("ask/<str:secret>/", asking.asked, name="asked"),
    path("ask/<str:secret>/start", asking.start, name="ask-start"),
    path("s/<str:secret>/", views.session_page, name="session"),
    path("s/<str:secret>/car", car.answer, name="car"),
    path("s/<str:secret>/sign", signs.of_session, name="session-sign"),
    path("s/<str:secret>/cancel", views.cancel, name="cancel"),
    path("s/<str:secret>/stop", views.stop, name="stop"),
    path("s/<str:secret>/rest/", views.rest, name="rest"),
    path("s/<str:secret>/receipt/", documents.receipt, name="receipt"),
    path("s/<str:secret>/receipt.pdf", documents.receipt_pdf, name="receipt-pdf"),
    path("s/<str:secret>/email", documents.email, name="email"),
    path("s/<str:secret>/company", documents.company, name="company"),
    path("s/<str:secret>/offer", offered.take, name="offer"),
    path("s/<str:secret>/complaint", complaining.complain, name="complain"),
    path("s/<str:secret>/documents/<str:label>/", documents.one, name="document"),
    path("s/<str:secret>/documents/<str:label>.pdf", documents.one_pdf, name="document-pdf"),
]
