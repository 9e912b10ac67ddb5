import itertools
from dataclasses import asdict
from pathlib import Path

import pytest

from training.config import ConfigError, TrainConfig, from_mapping, load_config
from training.distributed import World
from training.export.presets import title_of_depth
from training.run.optimizer import phase_rate
from training.run.run import Run

CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def write(folder: Path, text: str) -> Path:
    path = folder / "c.yaml"
    path.write_text(text)
    return path


def test_values_of_all_kinds(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: mine\nview: [96, 64]\npretrain: {learning_rate: 1e-3}\n"
        "data: {train: [{labels: a.json, images: b}]}\n",
    )
    config = load_config(path, ["batch=3", "binarize.proximity=[0.1, 2]", "depths=[0, 4]"])
    assert config.name == "mine"
    assert config.view == (96, 64)
    assert config.pretrain.learning_rate == 0.001
    assert config.data.train[0].labels == "a.json"
    assert config.data.train[0].weight == 1
    assert config.batch == 3
    assert config.binarize.proximity == (0.1, 2.0)
    assert config.depths == (0, 4)


def test_round_trip_through_a_checkpoint() -> None:
    config = load_config(None, ["name=x", "depths=[0, 3]"])
    assert from_mapping(TrainConfig, asdict(config)) == config


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configurations_load(path: Path) -> None:
    run = Run(load_config(path), path.parent, World())
    if path.stem.endswith("-float"):
        assert run.depths == [0]
        return
    # The comparison stops where 24x is reached, one layer short of all; tiny half-way.
    assert run.depths[-1] >= (14 if path.stem == "tiny" else len(run.priority) - 1)


@pytest.mark.parametrize("name", ["pedestrian", "tiny"])
def test_binarized_presets_begin_with_their_float_network(name: str) -> None:
    binarized = load_config(CONFIGS / f"{name}.yaml")
    as_float = load_config(CONFIGS / f"{name}-float.yaml")
    assert binarized.pretrain.start == f"runs/{name}-float/float.pt"
    begins_with = {
        "pedestrian": "training/checkpoints/pedestrian-float.pt",
        "tiny": "training/checkpoints/tiny-float.pt",
    }
    assert as_float.pretrain.initial == begins_with[name]
    assert binarized.network == as_float.network


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("- 1", "must hold 'key: value' lines"),
        ("bacth: 3", "Unknown key 'bacth': did you mean 'batch'"),
        ("pretrain: {step: 3}", "did you mean 'pretrain.steps'"),
        ("pretrain: 3", "'pretrain' must be a group of keys"),
        ("batch: many", "'batch' must be of type int, not 'many'"),
        ("batch: true", "'batch' must be of type int"),
        ("view: [1]", "'view' must have 2 entries, not 1"),
        ("view: 3", "'view' must be a list"),
        ("max_grad_norm: fast", "'max_grad_norm' must be a number"),
        ("data: {train: [{images: a}]}", "labels"),
        ("day: 2020-99-99", "is not YAML"),
        ("[" * 3000, "is not YAML"),
        ("name: ../evil", "'name' must be"),
        (f"name: {'n' * 80}", "'name' must be"),
        ("input_size: [100, 64]", "'input_size' must be a width and a height"),
        ("view: [32, 6400]", "'view' must be a width and a height"),
        ("more_views: [[64, 64], [100, 64]]", "'more_views' must be a width and a height"),
        ("pretrain: {decay: 0}", "'pretrain.decay' must be above 0 and at most 1"),
        ("batch: 0", "'batch' must be at least 1"),
        ("network: {widths: [8, 0, 8, 8]}", "'network' must be at least 1"),
        (
            "binarize: {discrepancy: weight, descent_steps: 0}",
            "'binarize.descent_steps' must be at least 1",
        ),
        ("seed: -1", "'seed' must not be negative"),
        ("pretrain: {learning_rate: .nan}", "must be a positive number"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        load_config(write(tmp_path, text))


def test_unreadable_files_and_bad_overrides(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "binary.yaml")
    with pytest.raises(ConfigError, match="must look like key=value"):
        load_config(None, ["batch"])
    with pytest.raises(ConfigError, match="'batch' is not a group of keys"):
        load_config(None, ["batch=1", "batch.x=1"])
    with pytest.raises(ConfigError, match="not YAML"):
        load_config(None, ["batch=["])


def test_depths_and_steps_of_a_run() -> None:
    settings = [
        "depths=[0, 2]", "pretrain.steps=10", "binarize.descent_steps=3",
        "binarize.finetune_steps=2", "binarize.final_steps=5",
    ]  # fmt: skip
    run = Run(load_config(None, settings), Path(), World())
    assert run.depths == [0, 2]
    assert [run.budget(depth) for depth in (1, 2)] == [5, 15]
    assert run.total_steps == 25
    assert Run(load_config(None, [*settings, "method=float"]), Path(), World()).total_steps == 25
    assert Run(load_config(None, [*settings, "method=int8"]), Path(), World()).total_steps == 10
    both = [*settings, "depths=[0, 1, 2]", "method=bwn"]
    # A branch of 10 steps to the first depth and one of 20 to the second.
    assert Run(load_config(None, both), Path(), World()).total_steps == 10 + 10 + 20
    with pytest.raises(ConfigError, match="between 0 and 28"):
        Run(load_config(None, ["depths=[29]"]), Path(), World())
    assert Run(load_config(None), Path(), World()).depths == [0, 14, 28]


def test_learning_rate_warms_up_and_falls() -> None:
    config = load_config(None, ["pretrain.steps=100", "pretrain.warmup=10"])
    peak = config.pretrain.learning_rate
    rates = [phase_rate(config, "float", step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(peak / 10)
    assert rates[10] == pytest.approx(peak)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))
    assert rates[-1] == pytest.approx(0.05 * peak, rel=0.05)


def test_learning_rate_of_the_float_network_may_fall_late() -> None:
    settings = ["pretrain.steps=100", "pretrain.warmup=10", "pretrain.decay=0.2"]
    config = load_config(None, settings)
    peak = config.pretrain.learning_rate
    rates = [phase_rate(config, "float", step, 100) for step in range(100)]
    assert rates[4] == pytest.approx(peak / 2)
    assert rates[10:81] == [peak] * 71
    # Half way down the cosine.
    assert rates[90] == pytest.approx(0.525 * peak)
    assert rates[99] == pytest.approx(0.05 * peak, rel=0.2)


def test_titles() -> None:
    assert title_of_depth(0, 28) == "float"
    assert title_of_depth(9, 28) == "9 of 28 binary"
    assert title_of_depth(28, 28) == "all 28 binary"
