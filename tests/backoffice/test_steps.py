"""Progress of a long start."""

import time

from backoffice.steps import Steps


def test_each_step_ends_with_its_seconds_when_the_next_begins():
    lines: list[str] = []
    steps = Steps(lines.append)

    steps.begin("starting")
    time.sleep(0.15)
    steps.begin("loading")
    steps.end()
    steps.end()

    assert lines[0] == "starting"
    assert float(lines[1].removeprefix("… done in ").removesuffix(" s")) >= 0.1
    assert lines[2:] == ["loading", "… done in 0.0 s"]
