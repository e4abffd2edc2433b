from support.topics.details import Detail
from support.topics.topic import if_possible, needs


def test_what_only_a_file_would_answer_may_be_left_out():
    assert needs("A screenshot", Detail.SCREENSHOT).may_be_left_out
    assert if_possible("Its name, if any", Detail.PMS_NAME).may_be_left_out
    assert not needs("The amount", Detail.AMOUNT).may_be_left_out
    assert not needs("A screenshot, or the amount", Detail.SCREENSHOT, Detail.AMOUNT).may_be_left_out
