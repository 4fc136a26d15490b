import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from loop.errors import ModelError
from loop.generate.ngram_file import read_model, write_model
from loop.generate.ngram_model import SmilesModel
from tests.generate.test_ngram_model import TAUGHT, same


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model(SmilesModel.fit(TAUGHT, 5), path)
    return path


def parts(path):
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["synthloop"]), load(content)


def rewritten(path, header, arrays):
    path.write_bytes(save(arrays, metadata={"synthloop": json.dumps(header, sort_keys=True)}))


def test_a_model_comes_back_and_equal_models_have_equal_bytes(written, tmp_path):
    same(read_model(written), SmilesModel.fit(TAUGHT, 5))
    write_model(read_model(written), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == written.read_bytes()


def test_one_changed_count_is_noticed(written):
    header, arrays = parts(written)
    arrays["counts"] = arrays["counts"].copy()
    arrays["counts"][7] += 1
    rewritten(written, header, arrays)
    with pytest.raises(ModelError, match="changed or damaged"):
        read_model(written)


def test_another_release_is_refused_by_name(written):
    header, arrays = parts(written)
    rewritten(written, header | {"schema": "synthloop/smiles-ngram/99"}, arrays)
    with pytest.raises(ModelError, match="ngram/99'; expected 'synthloop/smiles-ngram/1'"):
        read_model(written)


@pytest.mark.parametrize("cut", [0, 5, 200, -100])
def test_half_a_file_is_refused(written, cut):
    written.write_bytes(written.read_bytes()[:cut])
    with pytest.raises(ModelError, match="no language model|damaged"):
        read_model(written)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="nowhere cannot be read: No such file"):
        read_model(tmp_path / "nowhere")


def test_an_array_that_points_outside_is_refused_though_its_digest_fits(written):
    from loop.generate import ngram_file

    header, arrays = parts(written)
    arrays["nexts"] = np.full_like(arrays["nexts"], 10_000)
    digest = ngram_file._digest(header["card"], arrays)
    rewritten(written, header | {"digest": digest}, arrays)
    with pytest.raises(ModelError, match="contradicts itself"):
        read_model(written)
