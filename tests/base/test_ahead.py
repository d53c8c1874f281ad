"""What is read ahead is the same, one piece ahead, and by another thread."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from shopdesk.base.ahead import read_ahead


def test_pieces_come_in_order_and_no_more_than_one_lies_ready() -> None:
    made: list[int] = []
    wanted = threading.Semaphore(0)

    def pieces() -> Iterator[int]:
        for number in range(4):
            assert threading.current_thread() is not threading.main_thread()
            made.append(number)
            wanted.release()
            yield number

    for taken, piece in enumerate(read_ahead(pieces())):
        assert piece == taken
        if taken < 3:  # the next one is made without being asked for
            for _made in range(1 if taken else 2):
                assert wanted.acquire(timeout=60)
        assert len(made) <= taken + 2
    assert made == [0, 1, 2, 3]


def test_what_goes_wrong_is_raised_after_what_went_well() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    ahead = read_ahead(pieces())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="no more"):
        next(ahead)


def test_leaving_early_ends_the_thread() -> None:
    with closing(read_ahead(iter(range(9)))) as pieces:
        assert next(pieces) == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
