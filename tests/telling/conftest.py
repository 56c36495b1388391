from collections.abc import Iterator

import pytest

from tests.telling.ear import Ear, listening


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening() as one:
        yield one
