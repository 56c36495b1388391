import inspect

import pytest

from plinthctl import errors
from plinthctl.errors import ExitCode, PlinthError

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PlinthError) and kind is not PlinthError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_knows_its_code_and_exit_code(kind: type[PlinthError]) -> None:
    assert kind.code != PlinthError.code
    assert kind.exit_code not in {ExitCode.OK, ExitCode.UNEXPECTED}
    assert (kind.__doc__ or "").strip().endswith((".", "asked for."))


def test_no_two_errors_share_a_code() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        pytest.param(ExitCode.USAGE, 2, id="2: wrong usage"),
        pytest.param(ExitCode.NOT_FOUND, 3, id="3: no such job"),
        pytest.param(ExitCode.WRONG_STATE, 4, id="4: not in this state"),
        pytest.param(ExitCode.REFUSED, 5, id="5: refused by a limit"),
        pytest.param(ExitCode.UNAVAILABLE, 6, id="6: the store is out of reach"),
        pytest.param(ExitCode.MISCONFIGURED, 7, id="7: configuration or schema"),
        pytest.param(ExitCode.JOB_FAILED, 8, id="8: the job failed"),
        pytest.param(ExitCode.JOB_CANCELLED, 9, id="9: the job was cancelled"),
        pytest.param(ExitCode.STOPPED_ITSELF, 70, id="70: a worker stopped itself"),
        pytest.param(ExitCode.TIMED_OUT, 124, id="124: out of time"),
        pytest.param(ExitCode.INTERRUPTED, 130, id="130: Ctrl-C"),
        pytest.param(ExitCode.BROKEN_PIPE, 141, id="141: a broken pipe"),
        pytest.param(ExitCode.TERMINATED, 143, id="143: SIGTERM"),
    ],
)
def test_exit_codes_are_an_interface(code: ExitCode, number: int) -> None:
    assert code == number


def test_an_error_says_what_happened_why_and_what_to_type() -> None:
    error = errors.NotFound("no job 7Q2K", why="it was purged", fix="plinthctl list", details={})
    assert (str(error), error.why, error.fix) == ("no job 7Q2K", "it was purged", "plinthctl list")
