"""The one place that joins concrete things: settings, the store, the services.

Nothing heavy is loaded before it is used: a command that reads no job opens no
store, and importing this module imports no SQL.
"""

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from plinthctl import paths
from plinthctl.domain.ids import IdPrefix
from plinthctl.services.alerting import Alerting
from plinthctl.services.bookkeeping import Bookkeeper
from plinthctl.services.browse import Browse
from plinthctl.services.clocks import fresh_id
from plinthctl.services.compare import Compare
from plinthctl.services.database import Database
from plinthctl.services.decisions import Decisions
from plinthctl.services.explain import Explain
from plinthctl.services.follow import Follow
from plinthctl.services.foresight import Foresight
from plinthctl.services.groups import Groups
from plinthctl.services.listing import Listing
from plinthctl.services.measuring import measured
from plinthctl.services.occupancy import Occupied
from plinthctl.services.pausing import Pausing
from plinthctl.services.providers import Providers
from plinthctl.services.results import Results
from plinthctl.services.ringing import Ringer
from plinthctl.services.sentry import Sentry, Trouble, unnoticed
from plinthctl.services.slots import Slots
from plinthctl.services.spending import Spendings
from plinthctl.services.splits import Splits
from plinthctl.services.steer import Steer
from plinthctl.services.submit import Submit, usual_longest_s
from plinthctl.services.teller import Teller, sinks_of, told_of
from plinthctl.services.watch import Watch

if TYPE_CHECKING:
    from plinthctl.broker.bell import Bell
    from plinthctl.broker.places import Place
    from plinthctl.services.exporter import Exporter
    from plinthctl.services.reap import Reaper
    from plinthctl.settings import Settings
    from plinthctl.store import Store


class Services:
    """What the commands and the dashboard can do, over one store opened at most once."""

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings

    @cached_property
    def store(self) -> "Store":
        """The store of these settings. Raises `StoreUnavailable` or `SchemaMismatch`."""
        from plinthctl.store import open_store

        opened = open_store(self.settings.database_url)
        opened.listen(self.ringer.hear)
        return opened

    @cached_property
    def ringer(self) -> Ringer:
        """Tells others of what was changed here. Raises `BadConfiguration`."""
        return Ringer(self.bell)

    @cached_property
    def bell(self) -> "Bell":
        """The bell of this store; nothing is connected before it is used."""
        from plinthctl.broker.bell import Bell

        return Bell(self.place.find, lambda: self.store.name)

    @cached_property
    def place(self) -> "Place":
        """Where the bell hangs. Raises `BadConfiguration`."""
        return place(self.settings)

    @cached_property
    def submit(self) -> Submit:
        """Accept jobs."""
        settings, ring = self.settings, self.ringer.ring
        return Submit(self.store, settings.admission, self._actor, settings.read_only, ring)

    @cached_property
    def slots(self) -> Slots:
        """Wait for places under the limits."""
        return Slots(self.submit)

    @cached_property
    def browse(self) -> Browse:
        """Find a job and read it."""
        identity = self.settings.identity
        return Browse(self.store, identity.org, identity.user)

    @cached_property
    def listing(self) -> Listing:
        """List jobs."""
        return Listing(self.store, self.settings.expiry.to_domain())

    @cached_property
    def compare(self) -> Compare:
        """Put two jobs side by side."""
        return Compare(self.store, self.browse)

    @cached_property
    def groups(self) -> Groups:
        """Tell who failed of the same thing."""
        return Groups(self.store)

    @cached_property
    def explain(self) -> Explain:
        """Say why a job is where it is."""
        return Explain(self.store, self.settings.expiry.to_domain())

    @cached_property
    def follow(self) -> Follow:
        """Wait for jobs."""
        return Follow(self.store, self.bell)

    @cached_property
    def steer(self) -> Steer:
        """Change jobs by hand."""
        return Steer(
            self.store,
            self._actor,
            self.settings.read_only,
            self.ringer.ring,
            self.settings.admission,
            usual_longest_s(),
        )

    @cached_property
    def foresight(self) -> Foresight:
        """Look ahead."""
        settings = self.settings
        slots = settings.worker.concurrency
        return Foresight(self.store, self.steer, settings.expiry.to_domain(), slots)

    @cached_property
    def pausing(self) -> Pausing:
        """Hold job types back, and let them go."""
        return Pausing(self.store, self.steer)

    @cached_property
    def providers(self) -> Providers:
        """Look after the providers' circuits."""
        return Providers(self.store, self.steer)

    @cached_property
    def occupied(self) -> Occupied:
        """Look at the limits."""
        return Occupied(self.store, self.settings.limits.to_domain())

    @cached_property
    def spendings(self) -> Spendings:
        """Look at the budgets."""
        return Spendings(self.store, self.settings.budgets.to_domain())

    @cached_property
    def watch(self) -> Watch:
        """Look at the whole system."""
        return replace(watch(self.settings, self.store), alerts=self.alerting.lines)

    @cached_property
    def books(self) -> Bookkeeper:
        """Keep the numbers that are looked back on."""
        settings = self.settings
        return Bookkeeper(self.store, settings.expiry.to_domain(), settings.read_only)

    @cached_property
    def exporter(self) -> "Exporter":
        """Tell Prometheus."""
        from plinthctl.services.exporter import Exporter

        return Exporter(self.store, self.watch)

    @cached_property
    def splits(self) -> Splits:
        """Tell numbers apart."""
        return Splits(self.store)

    @cached_property
    def decisions(self) -> Decisions:
        """Keep decisions."""
        org = self.settings.identity.org
        return Decisions(self.store, org, self._actor, fresh_id, self.settings.read_only)

    @cached_property
    def results(self) -> Results:
        """Find what jobs have found."""
        return Results(self.store)

    @cached_property
    def reaper(self) -> "Reaper":
        """Sweep once."""
        from plinthctl.services.life import boot_id
        from plinthctl.services.reap import Reaper

        settings = self.settings
        return Reaper(
            self.store,
            self.place,
            boot_id(),
            settings.expiry.to_domain(),
            settings.retention.to_domain(),
            self.ringer.ring,
            settings.read_only,
            self.alerting,
            self.sentry,
        )

    @cached_property
    def alerting(self) -> Alerting:
        """Evaluate alerts, and answer for them."""
        return alerting(self.settings, self.store)

    @cached_property
    def teller(self) -> Teller:
        """Tell of alerts."""
        return teller(self.settings, self.store)

    @cached_property
    def sentry(self) -> Sentry:
        """Tell of final failures; nothing is loaded before there is one."""
        return sentry(self.settings)

    @cached_property
    def database(self) -> Database:
        """Look after the schema."""
        return Database(self.settings.database_url, self.settings.read_only)

    @property
    def _actor(self) -> str:
        return self.settings.identity.user

    def close(self) -> None:
        """Let go of the store, if it was opened."""
        if "sentry" in self.__dict__:
            self.sentry.close()
        store = self.__dict__.pop("store", None)
        if store is not None:
            store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def place(settings: "Settings") -> "Place":
    """Where the bell of these settings hangs. Raises `BadConfiguration`."""
    from plinthctl.broker import places

    return places.place(settings.redis_url, paths.data_dir())


def watch(settings: "Settings", store: "Store") -> Watch:
    """Who looks at the whole system."""
    return Watch(
        store,
        settings.expiry.to_domain(),
        settings.limits.to_domain(),
        reaped_within=settings.alerts.stuck_jobs.window,
    )


def alerting(settings: "Settings", store: "Store") -> Alerting:
    """Who evaluates the alerts of these settings over a store."""
    rules, look = settings.alerts.to_domain(), watch(settings, store)
    return Alerting(
        store,
        rules,
        lambda known: measured(look.snapshot, rules, known),
        told_of(settings),
        partial(fresh_id, IdPrefix.ALERT),
        settings.identity.user,
        settings.read_only,
    )


def teller(settings: "Settings", store: "Store") -> Teller:
    """Who tells of alerts as these settings say. Raises nothing before it is used."""
    from plinthctl.settings.secrets import secret_values

    return Teller(store, sinks_of(settings), tuple(secret_values(settings)))


def sentry(settings: "Settings", trouble: Trouble = unnoticed) -> Sentry:
    """Who is told of final failures by these settings."""
    dsn = settings.sentry.dsn
    address = dsn.get_secret_value() if dsn else None
    return Sentry(address, settings.sentry.environment, trouble)


STANDBY_LOG: Final = "worker.log"


def standby_log() -> Path:
    """Where a worker that was started for a waiting submit writes."""
    return paths.data_dir() / STANDBY_LOG
