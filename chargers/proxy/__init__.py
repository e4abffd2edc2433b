"""Live connections to other back offices: forwarding, verdicts, backlog. Their configuration is in `upstreams`."""
