"""Our webhooks to hosts' systems. What card processors send us: `clearing`."""
