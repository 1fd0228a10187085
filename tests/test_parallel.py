"""Work in order, in any number of processes or jobs, with few items in flight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.errors import DataError
from musasr.parallel import IN_FLIGHT, WHOLE, JobPart, map_in_order


def square(number):
    return number * number


def fail_at_three(number):
    if number == 3:
        raise DataError("three", where="here")
    return number


@pytest.mark.parametrize("num_jobs", [1, 2])
@pytest.mark.parametrize("batch", [1, 7])
def test_results_come_in_the_order_of_the_items(num_jobs, batch):
    results = map_in_order(square, iter(range(50)), num_jobs=num_jobs, batch=batch)
    assert list(results) == [number * number for number in range(50)]


@pytest.mark.parametrize("num_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_items_are_taken_only_as_results_are(num_jobs):
    taken = []
    items = (taken.append(number) or number for number in range(1000))
    results = map_in_order(square, items, num_jobs=num_jobs, batch=3)
    assert next(results) == 0
    assert len(taken) <= 3 * IN_FLIGHT * num_jobs
    results.close()


@pytest.mark.parametrize("num_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_error_of_the_work_arrives(num_jobs):
    results = map_in_order(fail_at_three, range(10), num_jobs=num_jobs)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match="here: three"):
        next(results)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_each_item_is_in_one_part(items, num_parts):
    shares = [list(JobPart(part, num_parts).of(items)) for part in range(1, num_parts + 1)]
    assert sorted(item for share in shares for item in share) == sorted(items)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert list(JobPart(0, num_parts).of(items)) == []
    assert list(WHOLE.of(items)) == items
