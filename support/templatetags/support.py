"""Template tags: links from portal pages to the agents' admin (`support.admin_site.portal_links`); open incidents."""

from django import template

from support.admin_site import portal_links
from support.incidents import detection

register = template.Library()
register.simple_tag(portal_links.of_page, takes_context=True, name="admin_page")
register.simple_tag(detection.open_now, name="open_incidents")
