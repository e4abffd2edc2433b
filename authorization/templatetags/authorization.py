"""Reasons, remedies and traces for templates: see `authorization.insight.shown`."""

from django import template

from authorization.accounts import mail
from authorization.insight import shown

register = template.Library()
register.simple_tag(shown.next_steps)
register.filter(shown.whitelisting_helps)
register.simple_tag(shown.done_since)
register.filter(shown.model_of)
register.simple_tag(shown.story)
register.simple_tag(shown.other_opinions)
register.filter(shown.reason_title)
register.filter(shown.is_vehicle)
register.filter(shown.decider)
register.simple_tag(mail.is_set_up, name="mails_are_set_up")
register.simple_tag(mail.notice, name="mail_notice")
