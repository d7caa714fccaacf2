"""Native code that talks to standard error, kept quiet."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_stderr(shown_if_it_fails: bool = False) -> Iterator[None]:
    """Keeps what native code writes to standard error off it; Python's errors come as ever.

    TensorFlow's converter and LiteRT print there, past Python, and have no switch for it.
    shown_if_it_fails: after an exception, what was written comes out after all.
    """
    if sys.stderr is None:  # nobody would see anything
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as sink:
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
