"""The sections of a comparison's report, in Markdown; every sentence follows from the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from training.curves import Series, differing_settings, float_points
from training.findings import (
    FAIR,
    METRICS,
    NAMES,
    Difference,
    Metric,
    Spread,
    Verdict,
    compare,
    fair_entries,
    is_fair,
    judge,
    mean_of,
    sensitivity_spreads,
    spread,
    value_of,
)
from training.logreader import Point, Run


def runs_section(runs: Sequence[Run], series: Sequence[Series]) -> list[str]:
    """Say what was run: network, data, seeds, steps."""
    first = runs[0]
    binarizable = sum(layer.binarizable for layer in first.layers)
    lines = [
        "## What was run",
        "",
        f"- Network: {len(first.layers)} convolutions, {binarizable} of which can be binarized, "
        f"{sum(layer.parameters for layer in first.layers):,} weights, "
        f"{sum(layer.macs for layer in first.layers) / 1e6:,.0f} million multiply-accumulates at "
        f"{first.input_size[0]}x{first.input_size[1]}.",
        f"- Data: {_values(run.images for run in runs)} training images, "
        f"{_values(run.validation_images for run in runs)} validation images.",
        f"- Float network: {_float_network(runs)}; every method begins with it. The steps below "
        "are those since then.",
        f"- Started {min(run.started for run in runs)} to {max(run.started for run in runs)}.",
    ]
    networks = {tuple((layer.name, layer.shape) for layer in run.layers) for run in runs}
    if len(networks) > 1:
        lines.append("- **The runs are of different networks**: what follows mixes them.")
    differing = differing_settings(runs)
    if differing:
        text = "; ".join(f"`{key}` {' / '.join(values)}" for key, values in differing.items())
        lines.append(f"- Settings that differ between runs: {text}.")
    lines += ["", *_table(["method", "seeds", "presets", "most steps", "runs"], (
        [
            one.title,
            _values(run.seed for run in one.runs),
            str(sum(len(run.points) for run in one.runs)),
            f"{max((p.steps for run in one.runs for p in run.points), default=0):,}",
            ", ".join(f"`{run.folder.name}`" for run in one.runs),
        ]
        for one in series
    ), right=(2, 3))]  # fmt: skip
    return lines


def _float_network(runs: Sequence[Run]) -> str:
    """Where the float network comes from: the training of a run, or that of an earlier one."""
    settings = [
        part if isinstance(part := run.config.get("pretrain"), dict) else {} for run in runs
    ]
    for run, pretrain in zip(runs, settings, strict=True):
        if not pretrain.get("start"):
            return f"{pretrain.get('steps')} steps of {run.config.get('batch')} views"
    names = sorted({Path(str(pretrain["start"])).name for pretrain in settings})
    return f"{', '.join(f'`{name}`' for name in names)} of earlier training"


def results_section(series: Sequence[Series], runs: Sequence[Run], ratios: Sequence[float]) -> list[
    str
]:  # fmt: skip
    """Tabulate every method at every ratio, and the float networks."""
    lines = [
        "## Accuracy at equal compression",
        "",
        "Of each run the smallest compression of at least 0.98 times the ratio counts. Miss rate "
        "(log-average, lower is better) and AP50 in percent, mean ± standard deviation over seeds; "
        "ratio: float32 bytes over bytes of codes and scales.",
    ]
    heading = ["method", "ratio", "layers", "miss rate", "AP50", "steps", "file, kB", "seeds"]
    for ratio in ratios:
        found = [(one.title, one.at_ratio(ratio)) for one in series]
        found = [(title, points) for title, points in found if points]
        found.sort(key=lambda entry: mean_of(entry[1], "miss_rate"))
        lines += ["", f"### {ratio:g}x", ""]
        if not found:
            lines.append("No run reaches this ratio.")
            continue
        lines += _table(heading, (
            _result(title, list(points.values()), ratio) for title, points in found
        ), right=range(1, 8))  # fmt: skip
        if any(not is_fair(p, ratio) for _, points in found for p in points.values()):
            lines += ["", f"\\* more than {FAIR:g} times the ratio asked for: not compared below."]
    rows = []
    for title, trained_on in (("float", False), ("float, trained on", True)):
        seeds = float_points(runs, trained_on=trained_on)
        if seeds:
            # One per seed: runs that begin with the same float network are no replicates.
            rows.append(_result(title, [points[0] for points in seeds.values()], None))
    for one in series:
        if one.key[0] == "int8":
            points = [point for found in one.points().values() for point in found]
            rows += [_result(one.title, points, None)] if points else []
    if rows:
        lines += ["", "### For reference", "", *_table(heading, rows, right=range(1, 8))]
    return lines


def findings_section(series: Sequence[Series], ratios: Sequence[float]) -> list[str]:
    """Say which method and which order wins at each ratio, and whether that is clear."""
    orders = _orders(series)
    ours = next((one for one in series if one.is_ours), None)
    lines = [
        "## Findings",
        "",
        "Two methods are compared over the seeds they have in common. A winner is one whose mean "
        "lead over the runner-up is larger than the standard deviation of the leads and holds in "
        "most seeds, of which there must be two at least. That is a rule of thumb, not a test of "
        "significance.",
    ]
    for title, group in (("All methods", series), ("Orders of the layers", orders)):
        verdicts = [
            verdict
            for ratio in ratios
            for metric in METRICS
            if (verdict := judge(group, ratio, metric)) is not None
        ]
        lines += ["", f"### {title}", ""]
        if not verdicts:
            lines.append("Nothing to compare: fewer than two at any ratio.")
        lines += [f"- {_sentence(verdict)}" for verdict in verdicts]
    if ours is not None:
        lines += _against_each(ours, series, ratios)
    return lines


def _orders(series: Sequence[Series]) -> list[Series]:
    """Those that differ in the order of the layers alone: other settings are another matter."""
    return [one for one in series if one.is_order and not one.variant]


def paper_section(series: Sequence[Series], ratios: Sequence[float], runs: Sequence[Run]) -> list[
    str
]:  # fmt: skip
    """Hold the numbers against the abstract's claims."""
    lines = [
        "## Against the paper",
        "",
        'Only the abstract of "Flexible Network Binarization with Layer-Wise Priority" (ICIP 2018, '
        "arXiv 1709.04344) is available to this project. These are this project's own network, "
        "data and numbers; none of them reproduces or refutes a number of the paper.",
        "",
    ]
    ours = next((one for one in series if one.is_ours), None)
    for claim, group in (
        ("at the same compression, layer-wise binarization has a lower miss rate than a "
         "state-of-the-art method", [one for one in series if one.is_ours or not one.is_order]),
        ("layers are binarized in inverse order of depth; here against other orders, by miss "
         "rate", _orders(series)),
    ):  # fmt: skip
        outcomes = [
            f"{ratio:g}x {_outcome(verdict, ours)}"
            for ratio in ratios
            if ours is not None and ours.title in fair_entries(group, ratio)
            if (verdict := judge(group, ratio, "miss_rate")) is not None
        ]
        measured = "; ".join(outcomes) or "not measured"
        lines.append(f"- The abstract: {claim}. Here: {measured}.")
    spreads = sensitivity_spreads(runs)
    measured = "not measured"
    if spreads:
        ordered = sorted(spreads, key=lambda name: spreads[name].mean)
        low, high = (f"{spreads[name].mean:.3f} (`{name}`)" for name in (ordered[0], ordered[-1]))
        measured = f"one layer alone raises the loss by {low} to {high}"
    lines.append(
        f"- The abstract: binarizing different layers has widely varied effects. Here: {measured}."
    )
    return lines


def layers_section(series: Sequence[Series], runs: Sequence[Run]) -> list[str]:
    """Tabulate every layer: sensitivity, reconstruction error, flip ratio."""
    measured = [run for run in runs if run.sensitivity]
    spreads = sensitivity_spreads(measured)
    ranks = {name: rank for rank, name in enumerate(
        sorted(spreads, key=lambda name: spreads[name].mean), 1)}  # fmt: skip
    # Ours if there is one: the means of several orders would be of nothing in particular.
    one = next(
        (one for one in series if one.is_order and any(r.layer_steps for r in one.runs)), None
    )
    names = [layer.name for layer in runs[0].layers if layer.binarizable]
    if not spreads and one is None:
        return ["## Layers", "", "No run measured the layers one by one."]
    rows = []
    for place, name in enumerate(names):
        steps = [s for r in one.runs for s in r.layer_steps if s.layer == name] if one else []
        rises = [
            step.loss_after - step.loss_before
            for step in steps
            if step.loss_after is not None and step.loss_before is not None
        ]
        rows.append([
            f"`{name}`",
            str(len(names) - place),
            str(ranks.get(name, "")),
_plus_minus(spreads[name], 1, 3) if name in spreads else "",
            _mean(step.reconstruction_error for step in steps),
            _mean(step.flip_ratio for step in steps),
            _mean(rises, sign=True),
        ])  # fmt: skip
    lines = ["## Layers", ""]
    if spreads:
        lines += [
            f"Loss increase: of the float network with this layer alone binarized, mean ± standard "
            f"deviation over {_count(len(measured), 'run')}.",
        ]
    if one is not None:
        lines += [
            f"The last three columns are means over the seeds of: {one.title}. Reconstruction "
            "error: ||W - alpha B|| / ||W|| when the layer is frozen; flip ratio: share of its "
            "signs that changed until then; loss change: over its turn, fine-tuning included."
        ]
    heading = [
        "layer", "turn, deepest first", "turn, least sensitive first", "loss increase",
        "reconstruction error", "flip ratio", "loss change",
    ]  # fmt: skip
    return [*lines, "", *_table(heading, rows, right=range(1, 7))]


def _against_each(ours: Series, series: Sequence[Series], ratios: Sequence[float]) -> list[str]:
    rows = []
    for ratio in ratios:
        entries = fair_entries(series, ratio)
        mine = entries.pop(ours.title, {})
        for title, points in entries.items():
            differences = {metric: compare(mine, points, metric) for metric in METRICS}
            if any(differences.values()):
                rows.append([f"{ratio:g}x", title, *(_lead(d) for d in differences.values())])
    if not rows:
        return []
    return [
        "", f"### Leads of: {ours.title}", "",
        "In percentage points, above 0 where it is better; paired by seed.", "",
        *_table(["ratio", "against", "miss rate", "AP50"], rows, right=(0, 2, 3)),
    ]  # fmt: skip


def _lead(difference: Difference | None) -> str:
    if difference is None:
        return ""
    value = difference.spread
    clear = "" if abs(value.mean) > (value.std or 0) and value.count > 1 else ", not clear"
    text = f"{100 * value.mean:+.1f}" + ("" if value.std is None else f" ± {100 * value.std:.1f}")
    return f"{text} (better in {difference.better} of {value.count}{clear})"


def _sentence(verdict: Verdict) -> str:
    best = "lowest" if verdict.metric == "miss_rate" else "highest"
    mean = f"{100 * verdict.value:.1f} %"
    where = f"{verdict.ratio:g}x, {NAMES[verdict.metric]}"
    if verdict.difference is None:
        return (
            f"{where}: **no clear winner**; {verdict.leader} has the {best} mean, {mean}, but no "
            f"seed in common with {verdict.runner_up}."
        )
    lead, better = verdict.difference.spread, verdict.difference.better
    points = f"{100 * lead.mean:.1f}"
    if lead.std is None:
        return (
            f"{where}: **no clear winner**; {verdict.leader} has the {best} mean, {mean}, "
            f"{points} points ahead of {verdict.runner_up}, but only one seed is common to both."
        )
    ahead = (
        f"{points} ± {100 * lead.std:.1f} points ahead of {verdict.runner_up}, better in {better} "
        f"of {lead.count} seeds"
    )
    if verdict.is_clear:
        return f"{where}: **{verdict.leader} wins** with {mean}, {ahead}."
    return f"{where}: **no clear winner**; {verdict.leader} has the {best} mean, {mean}, {ahead}."


def _outcome(verdict: Verdict, ours: Series | None) -> str:
    if not verdict.is_clear:
        return f"no clear winner (best mean: {verdict.leader})"
    agrees = ours is not None and verdict.leader == ours.title
    return f"{'agrees' if agrees else 'contradicts'} ({verdict.leader} wins)"


def _result(title: str, points: Sequence[Point], ratio: float | None) -> list[str]:
    mark = "" if ratio is None or all(is_fair(point, ratio) for point in points) else "\\*"
    return [
        title + mark,
        _span([point.ratio for point in points], 1, "x"),
        _span([point.depth for point in points], 0),
        *(_percent(points, metric) for metric in METRICS),
        _span([point.steps for point in points], 0),
        _span([point.file_bytes / 1000 for point in points], 0),
        str(len(points)),
    ]


def _percent(points: Sequence[Point], metric: Metric) -> str:
    return _plus_minus(spread(value_of(point, metric) for point in points), 100, 1)


def _plus_minus(value: Spread, factor: float, digits: int) -> str:
    text = f"{factor * value.mean:.{digits}f}"
    return text if value.std is None else f"{text} ± {factor * value.std:.{digits}f}"


def _span(values: Sequence[float], digits: int, unit: str = "") -> str:
    low, high = (f"{value:,.{digits}f}{unit}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _mean(values: Iterable[float | None], *, sign: bool = False) -> str:
    known = [value for value in values if value is not None]
    return f"{spread(known).mean:{'+' if sign else ''}.3f}" if known else ""


def _values(values: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(set(values))))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int]) -> list[
    str
]:  # fmt: skip
    numbers = set(right)
    rules = ["---:" if place in numbers else "---" for place in range(len(heading))]
    return [f"| {' | '.join(cells)} |" for cells in (heading, rules, *rows)]
