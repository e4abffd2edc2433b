"""Counters and timers of this process for Prometheus. The names are an interface: docs/metrics.md lists them.

If `PROMETHEUS_MULTIPROC_DIR` is set, all processes share their metrics through files in that folder.
"""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("ocpp_messages", "OCPP messages stored, each with its answer.", ["direction", "version"])
COMMIT_SECONDS = Histogram(
    "journal_commit_seconds",
    "From the first message of a batch taken to its commit; answers are sent after it.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
BATCH_SIZE = Histogram(
    "journal_batch_size", "Pieces of work that shared a commit.", buckets=(1, 2, 5, 10, 25, 50, 100, 250)
)
CONNECTIONS = Gauge("gateway_connections", "Chargers connected to a gateway.", multiprocess_mode="livesum")
DECISIONS = Counter(
    "authorization_decisions", "Decisions stored with chargers' messages, by verdict and reason.", ["verdict", "reason"]
)
REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "Pages and API requests, by the name of their address and the class of their status.",
    ["view", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
TASK_SECONDS = Histogram(
    "task_seconds",
    "Tasks of workers, by name and outcome.",
    ["task", "outcome"],
    buckets=(0.01, 0.1, 1, 10, 60, 600),
)
