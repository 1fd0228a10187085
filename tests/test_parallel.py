"""Work in order, in any number of processes or jobs, with few items in flight."""

import os
import signal
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.errors import DataError, StateError
from musasr.parallel import IN_FLIGHT, WHOLE, JobPart, ending_with_us, map_in_order


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


def end_at_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.slow
def test_a_killed_process_is_named_and_nobody_waits_for_it():
    with pytest.raises(StateError, match="was killed; run the same command again"):
        list(map_in_order(end_at_three, range(10), num_jobs=2))


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        (["sh", "-c", "exit 3"], 3, ""),
        (["sh", "-c", 'echo "$0" >&2', "a b"], 0, "a b\n"),
        (["/no/such"], 127, "/no/such: No such file or directory\n"),
    ],
)
def test_a_command_that_ends_with_us_is_the_command(command, status, message):
    done = subprocess.run(ending_with_us(command), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", message)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_each_item_is_in_one_part(items, num_parts):
    shares = [list(JobPart(part, num_parts).of(items)) for part in range(1, num_parts + 1)]
    assert sorted(item for share in shares for item in share) == sorted(items)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert list(JobPart(0, num_parts).of(items)) == []
    assert list(WHOLE.of(items)) == items
