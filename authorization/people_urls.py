"""URLs of the portal's pages about people."""

from django.urls import path

from authorization.members.views import outsiders, people

app_name = "people"
urlpatterns = [
    path("", people.people_hosts, name="hosts"),
    path("<slug:host>/", people.people_page, name="people"),
    path("<slug:host>/invite/", people.people_invite, name="invite"),
    path("<slug:host>/invitations/<int:pk>/withdraw/", people.invitation_withdraw, name="withdraw"),
    path("<slug:host>/members/<int:pk>/", people.people_member, name="member"),
    path("<slug:host>/outsiders/add/", outsiders.grant_add, name="grant-add"),
    path("<slug:host>/outsiders/<int:pk>/", outsiders.grant_act, name="grant"),
]
