"""The health of providers: look at their circuits, hold them back, let jobs go again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plinthctl.domain.acts import Act
from plinthctl.domain.circuits import PROVIDERS, Circuit
from plinthctl.errors import NotFound
from plinthctl.services.steer import Steer

if TYPE_CHECKING:
    from plinthctl.store import Store


@dataclass(frozen=True, slots=True)
class Providers:
    """What stands between jobs and the providers that they need."""

    store: "Store"
    steer: Steer

    def circuits(self) -> tuple[Circuit, ...]:
        """Every circuit that was ever open."""
        return self.store.circuits()

    def open(self, providers: Sequence[str], reason: str | None = None) -> tuple[bool, ...]:
        """Let no step ask these, whatever key is used. False: that was so before.

        Raises:
            NotFound: there is no such provider.
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_known(providers)
        act = Act(self.steer.actor, "open_circuit", reason)
        return tuple(self.store.open_circuit(provider, act) for provider in providers)

    def close(self, providers: Sequence[str], reason: str | None = None) -> tuple[bool, ...]:
        """Let jobs ask these again, at once. False: nothing kept them from it.

        Raises:
            NotFound: there is no such provider.
            ReadOnly: the configuration forbids changes.
        """
        self._must_be_known(providers)
        act = Act(self.steer.actor, "close_circuit", reason)
        closed = tuple(self.store.close_circuit(provider, act) for provider in providers)
        self.steer.ring()
        return closed

    def _must_be_known(self, providers: Sequence[str]) -> None:
        self.steer.must_be_allowed()
        for provider in providers:
            if provider not in PROVIDERS:
                raise NotFound(
                    f"no provider is called {provider}",
                    why=f"there are {', '.join(PROVIDERS)}",
                    fix="plinthctl providers list",
                    details={"provider": provider, "providers": list(PROVIDERS)},
                )
