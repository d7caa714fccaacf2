"""Silence native code that writes to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

#: Standard error belongs to the whole process, so one thread at a time may hide it.
_LOCK = threading.RLock()


@contextlib.contextmanager
def quiet_stderr(shown_if_it_fails: bool = False) -> Iterator[None]:
    """Hide what native code writes to standard error; Python's errors still appear.

    TensorFlow's converter and LiteRT print there, bypassing Python, and have no switch for it. With
    ``shown_if_it_fails``, the hidden text is shown after an exception.
    """
    if sys.stderr is None:  # nobody would see anything
        with _LOCK:
            yield
        return
    with _LOCK, tempfile.TemporaryFile() as sink:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        except Exception:
            if shown_if_it_fails:
                sink.seek(0)
                os.write(kept, sink.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
