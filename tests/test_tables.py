"""What stands in for a parametrised test fails as one does."""

from __future__ import annotations

import pytest

from tests.tables import each


def test_a_failure_names_each_case_that_is_wrong_and_no_other():
    tried = []

    @each([(1, 1), (2, 3), (4, 4), ("x", 0)])
    def check(found, wanted):
        tried.append(found)
        assert found - 0 == wanted

    with pytest.raises(AssertionError) as caught:
        check()
    first, *others = str(caught.value).splitlines()
    assert first == "wrong: 2 of 4 cases"
    assert [line.partition(": ")[0] for line in others] == ["(2, 3)", "('x', 0)"]
    assert tried == [1, 2, 4, "x"]


def test_what_is_not_raised_is_wrong_too():
    @each(["a"])
    def check(text):
        with pytest.raises(ValueError, match=text):
            str(text)

    with pytest.raises(AssertionError, match="'a': Failed: DID NOT RAISE"):
        check()


def test_one_argument_is_given_a_case_whole():
    tried = []
    each([(1, 2), 3])(tried.append)()

    assert tried == [(1, 2), 3]


def test_a_table_without_a_case_is_refused():
    with pytest.raises(AssertionError, match="there is no case"):
        each([])
