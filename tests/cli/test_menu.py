"""The menu says of each command what the command says of itself, and loads only the called."""

import pkgutil

import pytest

from plinthctl.cli import commands
from plinthctl.cli.app import program
from plinthctl.cli.menu import ITEMS, Item


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.name} is as the menu says")
def test_an_item_is_what_its_command_says(item: Item) -> None:
    command = program().commands[item.name]
    assert command.name == item.name
    assert command.rich_help_panel == item.panel
    assert command.help.split("\n\n")[0] == item.summary


def test_every_module_of_a_command_is_in_the_menu() -> None:
    names = {module.name.rstrip("_") for module in pkgutil.iter_modules(commands.__path__)}
    alone = {name for name in names if "_" not in name}
    assert alone == {item.name for item in ITEMS}
