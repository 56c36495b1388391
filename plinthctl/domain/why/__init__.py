"""Why a job waits, is slow, failed or ended: one cause, one sentence, its evidence, and
the command that helps."""

from plinthctl.domain.why.causes import Cause, Explanation
from plinthctl.domain.why.facts import Facts
from plinthctl.domain.why.table import explain

__all__ = ["Cause", "Explanation", "Facts", "explain"]
