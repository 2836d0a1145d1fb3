from recommendations.workflow import recommendations


def test_a_job_that_is_important_is_tried_often():
    assert recommendations.find_job("weigh").retry_count == 5
