"""Times with seconds, to show the order of messages within a minute."""

DATETIME_FORMAT = "Y-m-d H:i:s"
DATE_FORMAT = "Y-m-d"
