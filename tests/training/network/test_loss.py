import pytest
import torch

from training.config import LossConfig
from training.network.architecture import STRIDES
from training.network.loss import assign, box_iou, detection_loss, generalized_iou
from training.network.model import anchor_points

POINTS = torch.tensor([[5.0, 5.0], [15.0, 5.0], [25.0, 5.0], [95.0, 5.0]])
PERSON = [0.0, 0.0, 20.0, 10.0]


def test_iou_and_generalized_iou() -> None:
    a, b = torch.tensor([0.0, 0, 10, 10]), torch.tensor([20.0, 0, 30, 10])
    assert box_iou(a, a).item() == pytest.approx(1)
    assert box_iou(a, b).item() == 0
    # No overlap; the hull is 300, the union 200.
    assert generalized_iou(a, b).item() == pytest.approx(-1 / 3)
    assert generalized_iou(a, torch.tensor([0.0, 0, 10, 5])).item() == pytest.approx(0.5)


def assignment(boxes: list[list[float]], scores: list[float], truths: list[list[float]],
               labels: list[int], **constants: float):  # fmt: skip
    return assign(
        torch.tensor([scores]),
        torch.tensor([boxes]),
        POINTS,
        torch.tensor([truths]),
        torch.tensor([labels]),
        LossConfig(**constants),
    )


def test_best_anchor_learns_its_iou_and_others_less() -> None:
    half = [0.0, 0.0, 10.0, 10.0]  # IoU 1/2 with the person
    targets = assignment(
        [PERSON, half, PERSON, PERSON], [0.5, 0.5, 0.9, 0.9], [PERSON], [1], iou_power=2.0
    )
    # Alignments 0.5 * 1 and 0.5 * 1/4; the third and fourth anchor lie outside the person.
    assert targets.scores[0].tolist() == pytest.approx([1.0, 0.25, 0, 0])
    assert targets.boxes[0, 0].tolist() == PERSON
    assert targets.weight[0].tolist() == [1, 1, 1, 1]


def test_quality_says_how_much_a_poor_box_lowers_the_target() -> None:
    quarter = [0.0, 0.0, 5.0, 10.0]  # IoU 1/4 with the person
    for quality, target in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.25)):
        targets = assignment([quarter] * 4, [0.5] * 4, [PERSON], [1], quality=quality)
        assert targets.scores[0, 0].item() == pytest.approx(target)


def test_only_so_many_candidates() -> None:
    targets = assignment(
        [PERSON] * 4, [0.5, 0.6, 0.5, 0.5], [PERSON], [1], candidates=1, iou_power=1.0
    )
    assert targets.scores[0].tolist() == pytest.approx([0, 1.0, 0, 0])


def test_contested_anchor_goes_to_the_better_overlap() -> None:
    larger = [0.0, 0.0, 20.0, 20.0]
    targets = assignment([larger] * 4, [0.5] * 4, [PERSON, larger], [1, 1])
    assert targets.boxes[0, 0].tolist() == larger
    assert targets.scores[0, :2].tolist() == pytest.approx([1, 1])


def test_ignored_region_and_padding() -> None:
    targets = assignment([PERSON] * 4, [0.5] * 4, [[20.0, 0, 30, 10], [90.0, 0, 99, 10]], [-1, 0])
    assert targets.scores.sum() == 0
    assert targets.weight[0].tolist() == [1, 1, 0, 1]


def test_person_narrower_than_the_finest_stride_has_an_anchor() -> None:
    points, _ = anchor_points(64, 64)
    thin = torch.tensor([[[23.0, 10.0, 25.0, 30.0]]])  # between the centres 20 and 28
    boxes = thin.expand(1, len(points), 4)
    targets = assign(
        torch.full((1, len(points)), 0.1), boxes, points, thin, torch.ones(1, 1), LossConfig()
    )
    chosen = points[targets.scores[0] > 0]
    assert len(chosen) > 0
    assert (chosen[:, 0] - 24).abs().max() <= min(STRIDES)


def test_loss_of_a_perfect_and_a_wrong_prediction() -> None:
    points, strides = anchor_points(64, 64)
    truth = torch.tensor([[[10.0, 8.0, 30.0, 50.0]]])
    labels = torch.ones(1, 1, dtype=torch.int8)
    distances = torch.cat([points - truth[0, 0, :2], truth[0, 0, 2:] - points], 1)
    perfect_log_distances = (distances.clamp(min=1e-3) / strides[:, None]).log()[None]
    inside = (distances > 0).all(1)
    confident = torch.where(inside, 8.0, -8.0)[None]
    config = LossConfig(candidates=100)
    good = detection_loss(confident, perfect_log_distances, truth, labels, (64, 64), config)
    assert good.box.item() == pytest.approx(0, abs=1e-4)
    assert good.score.item() < 0.05
    bad = detection_loss(-confident, perfect_log_distances + 0.7, truth, labels, (64, 64), config)
    assert bad.score.item() > 5
    assert bad.box.item() > 0.2
    assert bad.total.item() == pytest.approx(bad.score.item() + 2.5 * bad.box.item(), rel=1e-5)


def test_loss_without_people_has_gradients_for_scores_only() -> None:
    points, _ = anchor_points(64, 64)
    logits = torch.zeros(2, len(points), requires_grad=True)
    log_distances = torch.zeros(2, len(points), 4, requires_grad=True)
    empty = torch.zeros(2, 1, 4), torch.zeros(2, 1, dtype=torch.int8)
    detection_loss(logits, log_distances, *empty, (64, 64), LossConfig()).total.backward()
    assert logits.grad is not None
    assert (logits.grad > 0).all()
    assert log_distances.grad is None or log_distances.grad.abs().sum() == 0
