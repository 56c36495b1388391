"""Open the dashboard on an installation, and give the terminal back however it ends."""

from typing import TYPE_CHECKING

from tui import keys
from tui.actions import Actions
from tui.app import TopApp
from tui.feed import Feed
from tui.looking import Looker
from tui.site import Site

if TYPE_CHECKING:
    from plinthctl.wiring import Services


def run(services: "Services", site: Site) -> int:
    """Show it until somebody leaves; the exit code. Raises `BadConfiguration`."""
    keys.check(site.keys)
    app = TopApp(
        site,
        lambda app: Feed(Looker(services).look, app.post_message, site.interval_s),
        lambda app: Actions(services, app.post_message),
    )
    return app.run() or 0
