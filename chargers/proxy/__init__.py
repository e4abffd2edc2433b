"""Live connections to other back offices: forwarding, verdicts, backlog. How they are arranged: `upstreams`."""
