"""Made-up days under three orders of calling: first-come, strict priority, and the office's rule (DESIGN 5).

It shows what the rule costs and what it promises, before any citizen waits. The office's rule is the product's own:
`server.domain.calling` decides who is next and who was passed. How often a ticket was overtaken is counted apart from
that, from who came when and who was called when, so that the promise of the cap is checked and not merely repeated.
"""

from server.simulating.comparing import Comparison, Outcome, compare
from server.simulating.days import Load
from server.simulating.telling import report

__all__ = ["Comparison", "Load", "Outcome", "compare", "report"]
