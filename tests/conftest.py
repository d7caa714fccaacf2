"""Makes tests/tiny.py importable from the tests' folders."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
