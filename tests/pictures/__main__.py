"""The pictures in the README: the real dashboard on the demo's busy system.

python -m tests.pictures [FOLDER]
"""

import asyncio
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plinthctl.wiring import Services
from tui.site import Site
from tui.start import app_of
from worker.demo.scene import scene

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
JOBS: Final = 55
SPEED: Final = 3.0
WARM_UP_S: Final = 14.0
SETTLES_S: Final = 2.5
_WEB_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_FONTS: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


@dataclass(frozen=True)
class Picture:
    """What is typed before it is taken, at which size (cells)."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


PICTURES: Final = (
    Picture("overview-140x40", (140, 40)),
    Picture("overview-80x24", (80, 24)),
    Picture("job-140x40", (140, 40), (*["j"] * 8, "enter")),
    Picture("jobs-80x24", (80, 24), ("f",)),
)


def main(folder: Path = FOLDER) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with scene(JOBS, SPEED) as played:
        time.sleep(WARM_UP_S)
        for picture in PICTURES:
            drawn = asyncio.run(_taken(played.services, picture))
            (folder / f"{picture.name}.svg").write_text(drawn)
    return 0


async def _taken(services: Services, picture: Picture) -> str:
    app = app_of(services, Site("demo", org="acme", user="ana", simulated=True))
    async with app.run_test(size=picture.size) as pilot:
        while app.frame is None:
            await pilot.pause(0.1)
        await pilot.press(*picture.keys)
        await pilot.pause(SETTLES_S)
        drawn = app.export_screenshot(title="plinthctl top", simplify=False)
    return _WEB_FONT.sub("", drawn).replace("Fira Code", _FONTS)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
