"""Plans and subscriptions: started, charged, changed, ended, invoiced, refunded."""
