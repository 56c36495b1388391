"""Keep decisions: add them, find them, take them in from elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plinthctl.domain.acts import Act
from plinthctl.domain.archive import Added, DecisionDetail, DecisionQuery
from plinthctl.domain.decisions import DecisionContext, Option, named_option
from plinthctl.domain.drafts import DecisionDraft, Fresh, OptionDraft, complete, gathered
from plinthctl.domain.ids import IdPrefix
from plinthctl.domain.inputs import check_shape
from plinthctl.domain.views import ResultView
from plinthctl.errors import InvalidInput, NotFound, ReadOnly
from plinthctl.services.asking import until_known, walk
from plinthctl.services.naming import DECISION

if TYPE_CHECKING:
    from plinthctl.store import Store

AT_ONCE: Final = 200  # decisions that are read by one statement


@dataclass(frozen=True, slots=True)
class Incoming:
    """A decision that was checked and may be kept, with the results that came along."""

    decision: DecisionContext
    results: tuple[ResultView, ...] = ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """The operators' decisions. ``org`` is that of a decision that names none;
    ``actor`` is written to the audit."""

    store: "Store"
    org: str
    actor: str
    new_id: Callable[[IdPrefix], str]
    read_only: bool = False

    def resolve(self, typed: str) -> str:
        """The id of the decision that an operator means. Raises as `Noun.resolve`."""
        return DECISION.resolve(typed, self.store.find_decisions)

    def each(self, query: DecisionQuery) -> Iterator[DecisionContext]:
        """The decisions that fit, newest first, as they are read."""
        return walk(self.store.decisions, query, AT_ONCE)

    def count(self, query: DecisionQuery) -> int:
        """How many decisions fit, whatever the query's limit."""
        return self.store.count_decisions(query)

    def one(self, decision_id: str) -> DecisionContext:
        """A decision with its criteria and options. Raises `NotFound`."""
        found = self.store.decision(decision_id)
        if found is None:
            raise DECISION.missing(decision_id)
        return found

    def detail(self, decision_id: str) -> DecisionDetail:
        """A decision and all that was gathered for it. Raises `NotFound`."""
        found = self.store.decision_detail(decision_id)
        if found is None:
            raise DECISION.missing(decision_id)
        return found

    def option(self, decision_id: str, typed: str) -> str:
        """The id of the option of a decision that an operator means, by its name, its
        id or an end of that. Of a decision that is not in the store, what was typed.

        Raises:
            NotFound: the decision has no such option.
        """
        decision = self.store.decision(decision_id)
        if decision is None:
            return typed
        option = named_option(decision, typed)
        if option is None:
            raise NotFound(
                f'{decision_id} has no option "{typed}"',
                why=_named(decision),
                fix=f"plinthctl decision show {decision_id}",
                details={"decision": decision_id, "option": typed},
            )
        return option.id

    def incoming(self, draft: DecisionDraft) -> Incoming:
        """The decision that a draft means, with its results; nothing is stored.

        Raises:
            InvalidInput: as `complete` and `gathered`.
        """
        stored = self.store.decision(draft.id) if draft.id else None
        fresh = Fresh(self.org, self.store.now(), self.new_id)
        decision = complete(draft, stored, fresh)
        return Incoming(decision, gathered(draft, decision))

    def add(self, draft: DecisionDraft, reason: str | None = None) -> DecisionContext:
        """Store a new decision.

        Raises:
            InvalidInput: it does not fit.
            ReadOnly: the configuration forbids changes.
        """
        act = self._act("decision_add", reason)
        decision = self.incoming(draft).decision
        until_known(lambda: self.store.add_decision(decision, act))
        return decision

    def take_in(self, incoming: Incoming, reason: str | None = None) -> Added:
        """Store a decision of another store, or what it has more than ours.

        Raises:
            Conflict: the store has other content by one of its ids.
            ReadOnly: the configuration forbids changes.
        """
        act = self._act("decision_import", reason)
        return until_known(
            lambda: self.store.add_decision(incoming.decision, act, incoming.results)
        )

    def add_option(self, decision_id: str, draft: OptionDraft, reason: str | None = None) -> Option:
        """Give a decision one more option.

        Raises:
            NotFound: no such decision.
            Conflict: it has an option by this name.
            InvalidInput: the decision would hold too much.
            ReadOnly: the configuration forbids changes.
        """
        act = self._act("decision_option_add", reason)
        option = Option(self.new_id(IdPrefix.OPTION), draft.name, draft.description)
        until_known(lambda: self.store.add_option(decision_id, option, act))
        return option

    def _act(self, action: str, reason: str | None) -> Act:
        if self.read_only:
            raise ReadOnly.refusing("no decision is changed")
        try:
            check_shape(reason)
        except InvalidInput as error:
            raise InvalidInput(f"reason: {error.message}", fix="say it in a sentence") from None
        return Act(self.actor, action, reason or None)


def _named(decision: DecisionContext) -> str:
    names = ", ".join(f'"{option.name}"' for option in decision.options)
    return f"its options are {names}" if names else "it has no options"
