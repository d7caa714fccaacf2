"""The report's pages and its Markdown: what they show, and that they ask for nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")
from report_sections import HOSTILE, META, empty, invisibility, sections, undetectability

from keystego_tf import report
from keystego_tf.evaluation.results import CONTROL, Claim, Section
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.report import pages, values
from keystego_tf.report.files import place

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; raises where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"{self.open} are not closed"

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def first(given: list[Section], meta: dict) -> Page:
    return Page(pages.index({f"{each.name}.html": each for each in given}, meta))


@pytest.fixture(scope="module")
def index() -> Page:
    return first(sections(), META)


@pytest.fixture(scope="module")
def questions() -> list[Page]:
    return [
        Page(pages.question(section, META, paths))
        for section, paths in zip(sections(), place(sections())[0])
    ]


def test_pages_ask_for_nothing_but_files_beside_them(index: Page, questions: list[Page]) -> None:
    targets = set()
    for page in (index, *questions):
        assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
        for _, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on")]
            targets |= {attributes[name] for name in ("src", "href") if name in attributes}
    written = {*place(sections())[1], "index.html"}
    assert targets - written == {f"{section.name}.html" for section in sections()}
    styles = (pages.TEMPLATES / "style.css").read_text("utf-8")
    assert "url(" not in styles and "@import" not in styles


def test_text_of_sections_is_text(index: Page, questions: list[Page]) -> None:
    # What, the paper's figure and a place; a question; a cell.
    assert HOSTILE in index.text and HOSTILE in questions[1].text
    assert HOSTILE in questions[0].text
    assert "`" not in questions[0].text, "backticks are code"


def test_the_first_page_says_in_words_what_holds_and_what_does_not(index: Page) -> None:
    order = [
        index.text.index(part)
        for part in (
            "The paper’s claims beside ours",
            "As the paper says, or better",
            "ATS, trained on other weights, guesses (the paper: about 50 %): symmetric-0.5",
            "Not as the paper says",
            "StegExpose is close to guessing (the paper: close to the diagonal): symmetric-0.5",
            "Each column is a method",
            "How much do stego images differ",
            "symmetric-0.0625, symmetric-0.5",
            "Some CPU @ 2 GHz",
        )
    ]
    assert order == sorted(order)


def test_what_does_not_hold_is_in_the_open(index: Page) -> None:
    cells = [a.get("class") for tag, a in index.tags if tag == "td" and "title" in a]
    assert cells.count("holds") == 3 and cells.count("fails") == cells.count("unknown") == 1
    assert "gray: No figure" not in index.text
    assert "expected" in index.text and "near chance" in index.text
    # 53.4 % holds a goal of 55 %, but its interval ends at 56.6 %.
    titles = [a["title"] for _, a in index.tags if "title" in a]
    sure = "symmetric-0.5: 53.40 % (50.10 to 56.60), holds, within the interval it could fail"
    assert sure in titles
    assert "at least 99.80 %" in index.text and "at most 55.00 %" in index.text
    assert "49.00 to 51.00 %" in index.text and "not measured" in " ".join(titles)


def test_claims_have_a_column_a_method(index: Page) -> None:
    head = [tag for tag, _ in index.tags if tag == "th"]
    assert len(head) == 4 + 2, "claim, paper, goal, expected, and two subjects of no method"
    figures = (0.53, 0.51, 0.49)
    claims = [
        Claim(f"keyed-{n}", "a wrong key reads", "Table III", "50.71 %", Estimate(f, f, f, 9),
              (0.48, 0.52), method="keyed")
        for n, f in enumerate(figures)
    ]  # fmt: skip
    names, ((example, cells),) = values.tabled(claims)
    assert names == ["keyed"] and example is claims[0] and cells == [claims]
    assert values.span(claims) == "49.00 to 53.00 %"
    assert values.kind(claims) == "fails" and values.kind(claims[1:]) == "holds"
    assert values.in_words(claims, "fails") == ["a wrong key reads (the paper: 50.71 %): keyed"]
    assert values.tabled(claims, "subject")[0] == ["keyed-0", "keyed-1", "keyed-2"]
    assert "| **49.00 to 53.00 %** |" in pages.claims_markdown(claims)


def test_known_answers_are_no_claims_of_the_paper(index: Page) -> None:
    assert "Known answers" not in index.text
    ours = Estimate(0.5, 0.4, 0.6, 9)
    claim = Claim("sham", "known answer, SPAM", CONTROL, "50 %", ours, (0.4, 0.6))
    section = Section("controls", "Controls", "", claims=[claim])
    text = first([section], {}).text
    assert "Known answers" in text and "The paper’s claims" not in text and "All hold." in text
    wrong = first([replace(section, claims=[replace(claim, goal=(0.6, 1.0))])], {}).text
    assert "Does not hold known answer, SPAM (known: 50 %): sham" in wrong
    assert "sham" not in report.markdown([section])


def test_cells(questions: list[Page]) -> None:
    text = questions[0].text
    assert "16.34 16.00 to 17.00" in text, "shares are in percent"
    assert "∞" in text and "12,345,678" in text and "n = 100 to 200" in text
    for odd in ("nan", "inf ", "-inf", "None", " -0.0"):
        assert odd not in text.replace("information", "")


def test_every_plot_picture_and_table_is_there(questions: list[Page]) -> None:
    tags = [tag for page in questions for tag, _ in page.tags]
    assert tags.count("img") == 3 + 1
    labels = [attributes.get("alt") for tag, attributes in questions[0].tags if tag == "img"]
    assert labels == ["Plot: PSNR against payload", "cover, stego, difference x 5"]
    assert "measured in 12 s" in questions[0].text and "Infinite PSNR" in questions[0].text


def test_quick_figures_have_a_warning(index: Page) -> None:
    warning = "size quick: a few images each, the figures say nothing"
    assert warning not in index.text
    assert first([], {"size": "quick"}).text.count(warning) == 1


@pytest.mark.parametrize(
    ("given", "sentence"), [([], "Nothing was measured."), ([empty()], "Nothing here")]
)
def test_with_next_to_nothing(given: list, sentence: str) -> None:
    text = first(given, {}).text
    assert sentence in text and "claims" not in text


def test_equal_sections_give_equal_pages(index: Page) -> None:
    assert first(sections(), META).words == index.words


def test_sections_of_one_name_have_pages_of_their_own(tmp_path: Path) -> None:
    given = [invisibility(), invisibility(), undetectability()]
    report.write(given, tmp_path, META)
    names = ["index.html", "invisibility-2.html", "invisibility.html", "undetectability.html"]
    assert sorted(path.name for path in tmp_path.glob("*.html")) == names
    assert len(list((tmp_path / "plots").iterdir())) == 4


def test_markdown() -> None:
    text = report.markdown(sections())
    lines = text.splitlines()
    (claim,) = [line for line in lines if "ATS, trained on other weights" in line]
    assert claim.split(" | ")[1:3] == ["about 50 % (Table II)", "53.40 % (50.10 to 56.60)"]
    assert "**61.00 % (57.00 to 65.00)**" in text
    row = "| ours, 0.0625 bpp | 54.1 (53.7 to 54.5) | 16.34 (16.00 to 17.00) | 38.2 | 1,024 |"
    assert row in [line.strip() for line in lines]
    assert "| sham | ∞ | 0.00 (0.00 to 0.00) | – | 12,345,678 |" in text
    assert "Table I of the paper; n = 100 to 200." in lines
    assert "<script" not in text and r"\| piped" in text
    heights = [len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")]
    assert set(heights) == {6, 5}, "every row has the columns of its head"
    command = "keystego-tf evaluate symmetric-0.0625 --covers photos --out report"
    assert f"```text\n{command}\n```" in text
    assert report.markdown([]).strip() == ""
