"""For portal pages: the way to the agents' admin, see `support.admin_site.portal_links`."""

from django import template

from support.admin_site import portal_links

register = template.Library()
register.simple_tag(portal_links.of_page, takes_context=True, name="admin_page")
