"""Plans and subscriptions: chosen, charged, changed, ended, invoiced, refunded."""
