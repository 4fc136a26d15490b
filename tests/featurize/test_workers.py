import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.core.candidate import Material
from loop.errors import DataError
from loop.featurize import rows
from loop.featurize.cache import FeatureCache
from loop.featurize.catalogue import BlockSpec, build_block
from loop.featurize.column import Means, describe_column
from loop.featurize.workers import Job, Labour, in_chunks, spans

# Ethers and alcohols, all different, some unreadable.
TEXTS = [
    f"{'C' * i}O{'C' * j}{'N' * k}" for i, j, k in itertools.product(range(1, 12), range(12), range(6))
] + ["C1CC", "OB(O)O"]  # fmt: skip
IMPATIENT = Labour(processes=2, patience=0.0)


def job(*specs):
    built = [BlockSpec.model_validate(spec) for spec in specs]
    blocks = tuple(build_block(spec) for spec in built)
    return Job(blocks, tuple(spec.model_dump_json() for spec in built), Material.MOLECULE)


@given(st.lists(st.text(max_size=300), max_size=2000).map(tuple) | st.just(("x" * 9000,) * 50))
def test_chunks_cover_all_rows_once_in_order(texts):
    rows_ = [row for start, stop in spans(texts) for row in range(start, stop)]
    assert rows_ == list(range(len(texts)))
    assert all(stop - start <= 512 for start, stop in spans(texts))


def test_long_texts_make_small_chunks():
    assert max(stop - start for start, stop in spans(["x" * 4096] * 100)) == 16


@pytest.mark.parametrize("kept", [False, True])
def test_other_processes_give_the_same_numbers(small_blocks, tmp_path, kept):
    work = job({"kind": "small-morgan"}, {"kind": "small-weights"})
    alone = describe_column(work, TEXTS, Means(), lambda share: None)
    shares = []
    cache = FeatureCache(tmp_path) if kept else None
    together = describe_column(work, TEXTS, Means(cache, IMPATIENT), shares.append)
    for one, two in zip(alone, together, strict=True):
        assert one.values.dtype == two.values.dtype
        np.testing.assert_array_equal(one.values, two.values)
        assert one.failures == two.failures
    assert set(alone[1].failures) == {len(TEXTS) - 2, len(TEXTS) - 1}
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_processes_other_than_this_do_the_work(small_blocks):
    """A block that ends its process at the last text would end this one."""
    work = job({"kind": "fragile", "at": "CCCCCCCCCCCOCCCCCCCCCCCN", "how": "die"})
    texts = [t for t in TEXTS if t.count("N") < 2]
    with pytest.raises(DataError, match="rows .* to .* were described") as ended:
        list(in_chunks(work, texts, Labour(processes=2, patience=0.0)))
    assert "memory" in str(ended.value)


def test_an_error_of_a_process_names_the_rows(small_blocks):
    work = job({"kind": "fragile", "at": "CCCCCCCCCCCOCCCCCCCCCCCN", "how": "raise"})
    for labour in (IMPATIENT, Labour()):
        with pytest.raises(RuntimeError, match="a defect of this block") as raised:
            list(in_chunks(work, TEXTS, labour))
        (note,) = raised.value.__notes__
        start, stop = (int(word) for word in note.split() if word.isdigit())
        assert start <= TEXTS.index("CCCCCCCCCCCOCCCCCCCCCCCN") <= stop


def test_processes_compute_with_one_thread_and_this_one_is_left_as_it_was(
    small_blocks, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    chunks = in_chunks(job({"kind": "small-weights"}), TEXTS, IMPATIENT)
    list(itertools.islice(chunks, 3))
    assert os.environ["OMP_NUM_THREADS"] == "1"
    chunks.close()
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_large_results_lie_in_a_file(small_blocks, monkeypatch):
    work = job({"kind": "small-morgan"})
    (small,) = describe_column(work, TEXTS[:100], Means(), lambda share: None)
    monkeypatch.setattr(rows, "_IN_MEMORY", 1000)
    (large,) = describe_column(work, [*TEXTS[:100], TEXTS[0]], Means(), lambda share: None)
    assert isinstance(large.values, np.memmap)
    assert not Path(large.values.filename).exists()
    np.testing.assert_array_equal(large.values[:100], small.values)
    np.testing.assert_array_equal(large.values[100], small.values[0])


SCRIPT = """
import itertools, json, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from loop.core.candidate import Material
from loop.featurize.cache import FeatureCache
from loop.featurize.catalogue import BlockSpec, build_block
from loop.featurize.column import Means, describe_column
from loop.featurize.workers import Job, Labour

def say(share):
    print(share, flush=True)

if __name__ == "__main__":
    spec = BlockSpec(kind="small-morgan")
    job = Job((build_block(spec),), (spec.model_dump_json(),), Material.MOLECULE)
    texts = ["C" * i + "N" * j + "O" * k for i, j, k in itertools.product(range(1, 60), repeat=3)]
    means = Means(FeatureCache(Path(sys.argv[1])), Labour(2, 0.0))
    describe_column(job, texts, means, say)
"""


UNGUARDED = (
    SCRIPT.replace("small-morgan", "morgan")
    .replace('if __name__ == "__main__":', "if True:")
    .replace("range(1, 60), repeat=3", "range(1, 12), repeat=3")
)


def test_a_script_without_a_guard_is_not_run_again_by_every_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text('print("begun")\n' + UNGUARDED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "kept"), *sys.path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("begun") == 1
    assert float(done.stdout.splitlines()[-1]) == 1.0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_neither_ctrl_c_nor_a_kill_leaves_processes_behind(tmp_path, ending):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    here = Path(__file__).parent
    # A shell's background jobs ignore the signal, and hand that down to their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "cache"), str(here / "plugin"), str(here.parents[1])],
        stdout=-1, stderr=-1, text=True, start_new_session=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    for line in process.stdout:
        # By then chunks come from the other processes.
        if float(line) > 0.01:
            break
    if ending is signal.SIGINT:
        os.killpg(process.pid, ending)
    else:
        process.kill()
    # Every process that was started holds these pipes: they close when the last one is gone.
    _, talk = process.communicate(timeout=60)
    assert process.returncode != 0
    if ending is signal.SIGINT:
        assert "KeyboardInterrupt" in talk
        assert not list((tmp_path / "cache").glob("*/*")), "a half file is left"
    else:
        segments = [p for p in (tmp_path / "cache").glob("*/*") if not p.name.startswith(".")]
        assert not segments
