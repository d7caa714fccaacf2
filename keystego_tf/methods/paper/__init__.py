"""The paper's four agents and equations 1 to 7: read this method first.

``paper`` follows the text. ``paper-code`` follows the authors' published code where it differs
(docs/deviations.md, section 7).
"""

from .method import PAPER, PAPER_CODE

__all__ = ["PAPER", "PAPER_CODE"]
