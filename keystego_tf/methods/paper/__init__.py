"""The paper's four agents and equations 1 to 7: read this method first.

``paper`` keeps to the text, ``paper-code`` to the authors' published code where the two differ
(docs/deviations.md, section 7).
"""

from .method import PAPER, PAPER_CODE

__all__ = ["PAPER", "PAPER_CODE"]
