"""What native code writes to standard error."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from keystego_tf.io.quiet import quiet_stderr


@pytest.mark.parametrize(("shown", "expected"), [(False, "after\n"), (True, "native\nafter\n")])
def test_it_is_shown_after_a_failure_only_if_asked_for(
    shown: bool, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with quiet_stderr(shown_if_it_fails=shown):
        os.write(2, b"nobody sees it\n")
    with pytest.raises(ImportError), quiet_stderr(shown_if_it_fails=shown):
        os.write(2, b"native\n")
        raise ImportError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == expected


def test_threads_leave_standard_error_where_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    def hide(number: int) -> None:
        with quiet_stderr():
            os.write(2, b"nobody sees it\n")
            time.sleep(0.001 * (number % 3))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hide, range(40)))
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_without_standard_error_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with quiet_stderr():
        pass
