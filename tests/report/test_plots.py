"""Plots: what they show is what they were given."""

from __future__ import annotations

import math
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from keystego_tf.evaluation.results import Plot, Series
from keystego_tf.metrics.statistics import Estimate, share
from keystego_tf.report import plots
from keystego_tf.steganalysis.scores import scores

matplotlib = pytest.importorskip("matplotlib")

SIDE = 12


def pair(channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A cover, and a stego image with known changes in its upper left corner."""
    cover = np.random.default_rng(0).integers(10, 240, (SIDE, SIDE, channels), dtype=np.uint8)
    stego = cover.copy()
    stego[0, 0] += 1
    stego[1, 2, 0] -= 3
    return cover, stego


def shown(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def labels(figure) -> list[str]:
    return [text.get_text() for each in figure.legends for text in each.get_texts()]


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("channels", [1, 3])
def test_trio(channels: int) -> None:
    cover, stego = pair(channels)
    figure = plots.trio(cover, stego, (5, 100))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["cover", "stego", "difference x 5", "difference x 100"]
    flat = (lambda each: each[..., 0]) if channels == 1 else (lambda each: each)
    for axes, expected in zip(figure.axes, (cover, stego)):
        np.testing.assert_array_equal(shown(axes), flat(expected))
        assert axes.images[0].get_clim() == (0, 255), "no stretching of contrast"
    for axes, factor in zip(figure.axes[2:], (5, 100)):
        difference = np.abs(cover.astype(int) - stego) * factor
        np.testing.assert_array_equal(shown(axes), flat(np.minimum(difference, 255)))


def test_trio_takes_pillow_images_and_magnifies_by_five() -> None:
    cover, stego = pair()
    figure = plots.trio(Image.fromarray(cover), Image.fromarray(stego))
    assert shown(figure.axes[2])[0, 0].tolist() == [5, 5, 5]
    assert len(plots.trio(cover[..., 0], stego[..., 0]).axes) == 3


@pytest.mark.parametrize("name", ["trio", "sizes"])
def test_images_that_do_not_fit(name: str) -> None:
    cover, stego = pair()
    draw = getattr(plots, name)
    with pytest.raises(ValueError, match=r"cover is \(12, 12, 3\) and stego \(12, 11, 3\)"):
        draw(cover, stego[:, :-1])
    with pytest.raises(ValueError, match="stego is float64"):
        draw(cover, stego / 255)


def test_sizes() -> None:
    cover, stego = pair()
    (axes,) = plots.sizes(cover, stego).axes
    bars = {
        round(bar.get_x() + bar.get_width() / 2): bar.get_height() * 3 * SIDE * SIDE / 100
        for bar in axes.patches
    }
    assert bars == pytest.approx({-3: 1, 0: 3 * SIDE * SIDE - 4, 1: 3})
    low, high = axes.get_ylim()
    assert low < 100 / (3 * SIDE * SIDE) and high > 100, "every bar is inside"


def test_curves_of_one_run_and_of_several() -> None:
    metrics = [
        {"step": step, "right_key": 0.5 + step / 100, "wrong_key": 0.5, "eve_accuracy": eve}
        for step, eve in ((10, None), (20, 0.7))
    ]
    (axes,) = plots.curves(metrics).axes
    right, wrong = axes.lines
    assert right.get_xydata().tolist() == [[10, 60], [20, 70]]
    assert wrong.get_ydata().tolist() == [50, 50]
    figure = plots.curves({"a": metrics, "b": metrics}, {"eve_accuracy": "Eve"}, factor=1)
    assert labels(figure) == ["a, Eve", "b, Eve"]
    assert figure.axes[0].lines[0].get_xydata().tolist() == [[20, 0.7]]


def test_roc_is_the_curve_of_the_scores() -> None:
    figure = plots.roc({"all": scores([0, 1], [2, 3]), "half": scores([0, 2], [1, 3])}, "SPAM")
    (axes,) = figure.axes
    diagonal, every, half = axes.lines
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert [0, 1] in every.get_xydata().tolist()
    corners = list(dict.fromkeys(map(tuple, half.get_xydata().tolist())))
    assert corners == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    assert labels(figure) == ["all (area 1.00)", "half (area 0.75)"]
    assert axes.get_title(loc="left") == "SPAM"


def test_flipped_bits() -> None:
    found = {n: share(hits, 100) for n, hits in ((0, 100), (1, 90), (512, 50))}
    (axes,) = plots.flipped_bits({"a": found}, total=1024).axes
    assert axes.lines[0].get_xydata().tolist() == [[0, 100], [1, 90], [512, 50]]
    assert axes.get_xlabel() == "key bits turned over of 1,024"
    low = axes.collections[0].get_paths()[0].vertices[:, 1].min()
    assert low == pytest.approx(100 * share(50, 100).low), "the interval is drawn"
    assert labels(plots.flipped_bits({"a": found, "b": found})) == ["a", "b"]
    assert plots.flipped_bits({}).axes


def test_bars() -> None:
    values = {"ours": share(70, 100), "plain": 0.5, "endless": math.inf}
    (axes,) = plots.bars(values, "detected (%)", factor=100, chance=50).axes
    assert [bar.get_width() for bar in axes.patches] == [70, 50, 0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(values)
    assert texts(axes) == ["70.0", "50.0", "∞"]
    interval, chance = axes.lines
    assert interval.get_xdata() == pytest.approx(
        [100 * share(70, 100).low, 100 * share(70, 100).high]
    )
    assert list(chance.get_xdata()) == [50, 50]
    low, high = axes.get_ylim()
    assert low > high, "the first is on top"


def test_an_outlier_does_not_squeeze_the_others() -> None:
    series = [Series(str(n), [float(n + 1)], [y]) for n, y in enumerate((60.0, 62.0, 64.0, 61.0))]
    (axes,) = plots.draw(Plot("p", "", "x", "y", series, kind="points")).axes
    assert not texts(axes)
    series.append(Series("far", [9.0], [20.0]))
    (axes,) = plots.draw(Plot("p", "", "x", "y", series, kind="points")).axes
    assert texts(axes) == ["1 outside of the plot: see the table"]
    assert axes.get_ylim()[0] > 50


def plot(**values) -> Plot:
    series = [Series("a", [0.0, 1.0, 2.0], [3.0, math.inf, 5.0], [2.0, 0.0, -math.inf], [4.0] * 3)]
    return Plot(
        **{"name": "p", "title": "t", "x_label": "x", "y_label": "y", "series": series} | values
    )


def test_points_of_one_colour_have_markers_of_their_own() -> None:
    count = 20
    series = [Series(str(index), [1.0], [float(index)]) for index in range(count)]
    (axes,) = plots.draw(Plot("p", "", "x", "y", series, kind="points")).axes
    looks = {(str(line.get_color()), line.get_marker()) for line in axes.lines}
    assert len(looks) == count


def test_a_long_title_stays_inside_its_figure_and_beside_no_legend() -> None:
    figure = plots.draw(plot(title="a title of many words " * 6, kind="roc"))
    plots.png(figure, dpi=100)  # lays it out
    title = figure.axes[0]._left_title.get_window_extent()
    assert title.x0 >= 0 and title.y1 <= figure.bbox.y1
    assert title.x1 <= figure.legends[0].get_window_extent().x0


@pytest.mark.parametrize("kind", ["line", "points"])
def test_only_what_is_finite_is_drawn(kind: str) -> None:
    (axes,) = plots.draw(plot(kind=kind)).axes
    assert axes.lines[0].get_xydata().tolist() == [[0, 3], [2, 5]]
    (axes,) = plots.draw(plot(kind=kind, x_scale="log")).axes
    assert axes.lines[0].get_xydata().tolist() == [[2, 5]]
    assert axes.get_xscale() == "log"


def test_what_no_plot_can_be() -> None:
    with pytest.raises(ValueError, match="kind is 'pie'"):
        plots.draw(plot(kind="pie"))
    with pytest.raises(ValueError, match="x_scale is 'root'"):
        plots.draw(plot(x_scale="root"))
    uneven = Series("s", [1.0, 2.0], [1.0, 2.0], [1.0], [2.0, 3.0])
    with pytest.raises(ValueError, match="series 's'"):
        plots.draw(plot(series=[uneven]))


def test_no_series_and_many_series() -> None:
    plots.png(plots.draw(plot(series=[])))
    many = [Series(f"method {index}", [0.0, 1.0], [0.0, 1.0]) for index in range(20)]
    figure = plots.draw(plot(series=many))
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == 20, "each line looks like no other"
    picture = np.asarray(Image.open(BytesIO(plots.png(figure))).convert("L"))
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert (edges == 255).all(), "nothing runs out of the figure"


def test_legends_stay_in_the_figure() -> None:
    names = [f"a method with a name that is rather long, number {index}" for index in range(4)]
    series = [Series(name, [0.0, 1.0], [0.0, 1.0]) for name in names]
    for kind in ("line", "roc"):
        figure = plots.draw(plot(series=series, kind=kind))
        picture = np.asarray(Image.open(BytesIO(plots.png(figure))).convert("L"))
        assert (picture[:, 0] == 255).all() and (picture[:, -1] == 255).all(), kind


def test_a_figure_shows_itself_and_nothing_is_left_behind() -> None:
    before = dict(matplotlib.rcParams)
    figure = plots.bars({"a": Estimate(1, 0, 2, 10)})
    content = figure._repr_png_()
    assert content == plots.png(figure) and content.startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before


RUN = """
import sys
from keystego_tf.report import plots
assert 'matplotlib' not in sys.modules, 'loaded too early'
{0}
try:
    plots.bars({{'a': 1.0}})
except ImportError as error:
    sys.exit(str(error))
assert 'matplotlib.pyplot' not in sys.modules
assert 'tensorflow' not in sys.modules
"""


def run(code: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", RUN.format(code)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_matplotlib_is_loaded_late_and_without_pyplot() -> None:
    done = run("")
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_the_error_names_the_extra() -> None:
    done = run("sys.modules['matplotlib'] = None")
    assert done.returncode == 1
    assert "pip install 'keystego-tf[evaluation]'" in done.stderr
