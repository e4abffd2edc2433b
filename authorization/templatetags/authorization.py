"""Reasons, remedies and traces for templates: see `authorization.insight.presentation`."""

from django import template

from authorization.accounts import mail
from authorization.insight import presentation

register = template.Library()
register.simple_tag(presentation.next_steps)
register.filter(presentation.whitelisting_helps)
register.simple_tag(presentation.done_since)
register.filter(presentation.model_of)
register.simple_tag(presentation.story)
register.simple_tag(presentation.other_opinions)
register.filter(presentation.reason_title)
register.filter(presentation.is_vehicle)
register.filter(presentation.decider)
register.simple_tag(mail.is_set_up, name="mails_are_set_up")
register.simple_tag(mail.notice, name="mail_notice")
