"""Webhooks to hosts' systems. Events of card processors are handled by `processor_events`."""
