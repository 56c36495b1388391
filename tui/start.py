"""Open the dashboard on an installation, and give the terminal back however it ends."""

import os
from typing import TYPE_CHECKING

from tui import keys
from tui.actions import Actions
from tui.app import TopApp
from tui.feed import Feed
from tui.listener import Listener
from tui.looking import Looker
from tui.site import Site
from tui.theme import check_theme

if TYPE_CHECKING:
    from plinthctl.wiring import Services


def run(services: "Services", site: Site) -> int:
    """Show it until somebody leaves; the exit code. Raises `BadConfiguration`."""
    keys.check(site.keys)
    check_theme(site.theme)
    _settle_color(site)
    app = app_of(services, site)
    app.run()
    if app.crash is not None:
        raise app.crash
    return app.return_code or 0


def app_of(services: "Services", site: Site) -> TopApp:
    """The dashboard, joined to an installation."""
    return TopApp(
        site,
        lambda app: Feed(Looker(services).look, app.post_message, site.interval_s),
        lambda app: Actions(services, app.post_message),
        lambda app: Listener(lambda: services.bell, lambda: services.store, app.post_message),
    )


def _settle_color(site: Site) -> None:
    """Textual takes an empty NO_COLOR for a set one, and its own way without colour has
    greys: the decision is made before, and here is only what it leaves on."""
    if not site.no_color:
        os.environ.pop("NO_COLOR", None)
