"""What a delivery looks like: ours is read, whatever else is refused before it is anything."""

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plinthctl.broker import codec
from plinthctl.domain.ids import RANDOM_BYTES, IdPrefix, new_id

JOB = "job_01KAVJ5N3C0ZP4RD8W7Q2K9M4T"
ENVELOPE = {"t": None, "f": "plinth_run", "a": [], "k": {"v": 1, "job": JOB}, "et": 7}


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self._file,)


def changed(**values: Any) -> bytes:
    return json.dumps({**ENVELOPE, **values}).encode()


def called(**values: Any) -> bytes:
    return changed(k={"v": 1, "job": JOB, **values})


REFUSED = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\x80\x04K\x01.", id="a pickle"),
    pytest.param(b"garbage", id="no JSON"),
    pytest.param(b"\xff\xfe\x00", id="no text"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"7", id="a number"),
    pytest.param(b"{}", id="an empty object"),
    pytest.param(json.dumps(ENVELOPE).encode("utf-16"), id="ours, in UTF-16"),
    pytest.param(b"\xef\xbb\xbf" + json.dumps(ENVELOPE).encode(), id="ours, behind a mark"),
    pytest.param(json.dumps(ENVELOPE).encode() + b"{}", id="ours, and more behind it"),
    pytest.param(json.dumps(ENVELOPE).encode() + b" " * codec.LONGEST_BYTES, id="ours, too long"),
    pytest.param(b"[" * 1000, id="deep JSON"),
    pytest.param(b'{"a":' * 200 + b"1" + b"}" * 200, id="deep JSON that ends"),
    pytest.param(changed(f="os.system"), id="another function"),
    pytest.param(changed(f=None), id="no function"),
    pytest.param(changed(a=["rm"]), id="arguments"),
    pytest.param(changed(a={}), id="arguments that are no list"),
    pytest.param(changed(x=1), id="one field more"),
    pytest.param(json.dumps({k: ENVELOPE[k] for k in "tfak"}).encode(), id="one field less"),
    pytest.param(changed(k=None), id="no call"),
    pytest.param(changed(k={"v": 1}), id="a call without a job"),
    pytest.param(called(x=1), id="a call with one word more"),
    pytest.param(called(v=2), id="another version"),
    pytest.param(called(v=True), id="a version that is true"),
    pytest.param(called(v=1.0), id="a version with a fraction"),
    pytest.param(called(v="1"), id="a version that is text"),
    pytest.param(json.dumps(ENVELOPE).replace("7", "NaN").encode(), id="NaN"),
    pytest.param(json.dumps(ENVELOPE).replace("7", "-Infinity").encode(), id="minus infinity"),
    pytest.param(called(job=7), id="a job that is a number"),
    pytest.param(called(job=[JOB]), id="a job that is a list"),
    pytest.param(called(job=""), id="an empty id"),
    pytest.param(called(job="7f3c" * 8), id="an id as arq makes them"),
    pytest.param(called(job=JOB.lower()), id="an id in small letters"),
    pytest.param(called(job=JOB + "\n"), id="an id and a line's end"),
    pytest.param(called(job=JOB[:-1]), id="an id cut short"),
    pytest.param(called(job=JOB.replace("job_", "dec_")), id="a decision's id"),
    pytest.param(called(job=JOB[:-1] + "U"), id="a letter that no id has"),
    pytest.param(called(job=JOB[:-1] + "١"), id="a digit of another script"),
]


@pytest.mark.parametrize("raw", REFUSED)
def test_what_is_none_of_ours_is_refused(raw: bytes) -> None:
    with pytest.raises(codec.NotOurs):
        codec.loads(raw)


def test_a_pickle_is_not_unpickled(tmp_path: Path) -> None:
    bomb = pickle.dumps(Bomb(tmp_path / "touched"))
    pickle.loads(bomb)  # it is one
    (tmp_path / "touched").unlink()
    with pytest.raises(codec.NotOurs):
        codec.loads(bomb)
    assert list(tmp_path.iterdir()) == []


def test_json_deeper_than_python_can_go_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "LONGEST_BYTES", sys.maxsize)
    with pytest.raises(codec.NotOurs):
        codec.loads(b"[" * 1_000_000)


@given(
    st.integers(0, 2**48 - 1),
    st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES),
    st.integers(0, 2**53),
)
def test_what_we_write_we_read(unix_ms: int, random: bytes, at_ms: int) -> None:
    job_id = new_id(IdPrefix.JOB, unix_ms, random)
    raw = codec.payload(job_id, at_ms)
    assert len(raw) <= codec.LONGEST_BYTES
    assert codec.loads(raw)["k"] == {"v": 1, "job": job_id}
    assert codec.loads(raw)["et"] == at_ms


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(JOB) | st.just("plinth_run"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("tfak"), inner),
    max_leaves=6,
)
SIMILAR = st.fixed_dictionaries(
    {"t": ANY_JSON, "f": ANY_JSON, "a": ANY_JSON, "k": ANY_JSON, "et": ANY_JSON}
)


@given(st.binary() | ANY_JSON.map(codec.dumps) | SIMILAR.map(codec.dumps))
@example(codec.payload(JOB, 0))
@example(changed(t={"deep": [1]}, et="soon"))
def test_any_bytes_are_refused_or_name_a_job(raw: bytes) -> None:
    try:
        envelope = codec.loads(raw)
    except codec.NotOurs:
        return
    assert (envelope["f"], envelope["a"], envelope["k"]["v"]) == ("plinth_run", [], 1)
    assert codec._JOB_ID.fullmatch(envelope["k"]["job"])


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        codec.dumps({"et": float("nan")})
