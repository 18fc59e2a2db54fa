"""Results by a lender's own regions, grades and products: they add up and are shown everywhere."""

import io
import zipfile

import pytest

from sim import Scenario, compare
from sim.agents.population import Filed
from sim.compare.comparison import groups
from sim.play.own_book import MOST_GROUPS, OTHERS, from_portfolio, own_groups
from sim.show import charts, report
from sim.show.charts import segments
from sim.show.report.own import own_tables
from sim.store.portfolio import read
from sim.ui import export

REGIONS = ("华东", "<i>North</i>", "")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "book.csv"
    rows = [f"{i},{900 + 37 * i},{90 + i},{1 + 3 * (i % 9)},{REGIONS[i % 3]},{'AB'[i % 2]},{i % 2}"
            for i in range(1, 31)]  # fmt: skip
    head = "account_id,balance,instalment,dpd,region,grade,product"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return read(path)


@pytest.fixture(scope="module")
def found(book):
    world = Scenario.load("weilidai", ["book.pool=100"])
    return compare(
        world, ["phone_only", "team"], replications=3, days=8, portfolio=book, engine="story"
    )


@pytest.mark.parametrize("segment", ["own:region", "own:grade", "own:product"])
@pytest.mark.parametrize("metric", ["recovery_rate", "success_rate", "complaints"])
def test_the_lenders_categories_add_up_to_the_book(found, segment, metric):
    whole = found.measures.set_index(["strategy", "metric", "replication"])
    parts = groups.table(found, segment, metric).groupby(["strategy", "replication"]).sum()
    for (strategy, replication), part in parts.iterrows():
        measured = whole.loc[(strategy, metric, replication)]
        for side in ("numerator", "denominator"):
            assert part[side] == pytest.approx(measured[side])


def test_every_category_is_named_with_its_accounts(found):
    sizes = groups.sizes(found, "own:region")
    said = {segments.label(found, "own:region", g, "en"): s.accounts for g, s in sizes.items()}
    assert said == {"华东": 10, "<i>North</i>": 10, "(empty)": 10}
    assert set(segments.segments_of(found)) == {
        "own:region", "own:grade", "own:product", "stage", "kind"
    }  # fmt: skip


def test_they_are_in_report_tables_and_picture(found):
    rows = groups.own_gaps(found).to_dict(orient="records")
    assert {row["group"] for row in rows if row["segment"] == "grade"} == {"A", "B"}
    assert {row["strategy"] for row in rows} == {s.name for s in found.candidates(found.baseline)}
    page = report.write(found, command="dunning compare", lang="zh")
    assert "地区（自有编码）" in page
    assert "&lt;i&gt;North" in page
    assert "<i>North" not in page
    assert [len(table.rows) for table in own_tables(found, "en")] == [3, 2, 2]
    picture = charts.gains(found, segment="own:region", challenger="team")
    assert "&lt;i&gt;Nor" in str(picture.layout.yaxis.ticktext)
    with zipfile.ZipFile(io.BytesIO(export.tables(found))) as bundle:
        assert "own:grade" in bundle.read("groups.csv").decode("utf-8-sig")


def test_a_book_without_categories_has_none(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text("account_id,balance,instalment,dpd,grade\n1,900,90,5,3\n2,800,90,9,4\n")
    late = from_portfolio(read(path))
    assert all(type(one) is Filed for one in late)
    assert own_groups(late) == ()


def test_many_categories_are_the_largest_and_the_rest(tmp_path):
    path = tmp_path / "book.csv"
    rows = [f"{i},900,90,5,branch {i % 30}" for i in range(100)]
    path.write_text("\n".join(["account_id,balance,instalment,dpd,region", *rows]))
    (own,) = own_groups(from_portfolio(read(path)))
    assert len(own.names) == MOST_GROUPS + 1
    assert own.names[-1] == OTHERS
    assert sorted(own.ids) == list(own.ids)
