"""What a stranger needs to read the pages: which document is meant, when, and what is noise."""

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.server_release import make_client, make_small_release

EVENT = """
<http://localhost:8000/graph/facts> {
  <http://localhost:8000/id/event/removal> a <https://w3id.org/pacta/ns#Event> ;
    <http://www.w3.org/2000/01/rdf-schema#label> "Removal of property"@en ;
    <https://w3id.org/pacta/ns#earliest>
      "0001-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ;
    <https://w3id.org/pacta/ns#latest> "1939-10-28"^^<http://www.w3.org/2001/XMLSchema#date> .
  <http://localhost:8000/id/link/removal--names> a <https://w3id.org/pacta/ns#Link> ;
    <http://www.w3.org/2004/02/skos/core#altLabel> "Removal of property"@en .
}
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The small release with an event of which only the last possible day is known."""
    out: Path = tmp_path_factory.mktemp("out")
    make_small_release(out, EVENT)
    return make_client(out)


@pytest.mark.parametrize(
    "path", ["/doc/treaty/peace-1920", "/doc/disagreement/peace-1920-signature-date", "/conflicts"]
)
def test_a_page_says_which_documents_it_cites(client: FlaskClient, path: str) -> None:
    """Each handle of a passage stands in the legend with the document's name, linked."""
    page = client.get(path).get_data(as_text=True)
    legend = re.search(r'<dl class="legend">(.*?)</dl>', page, re.DOTALL)

    assert legend is not None
    cited = set(re.findall(r">(\w+)@\d+–\d+</a>", page))
    assert cited <= set(re.findall(r"<dt>(\w+)</dt>", legend[1]))
    assert 'href="/doc/source/003"' in legend[1]


def test_an_event_without_a_first_day_stands_at_its_last(client: FlaskClient) -> None:
    """An open bound is no year; the data say so, too."""
    page = client.get("/timeline").get_data(as_text=True)
    events = json.loads(client.get("/timeline", headers={"Accept": "application/json"}).data)
    (removal,) = [each for each in events["events"] if each["id"].endswith("/removal")]

    assert '<h2 id="y1">' not in page
    assert '<h2 id="y1939">' in page
    assert (removal["earliest"], removal["latest"]) == (None, "1939-10-28")


def test_the_search_finds_things_and_not_where_a_spelling_is_from(client: FlaskClient) -> None:
    """A link gives a thing its spelling; it is no thing to look for."""
    answer = client.get("/search?q=removal", headers={"Accept": "application/json"})

    assert b"/doc/event/removal" in answer.data
    assert b"link/removal" not in answer.data


def test_names_in_a_row_are_told_apart(client: FlaskClient) -> None:
    """A name has commas of its own; of a disagreement the kind stands before what it is about."""
    page = client.get("/doc/place/vilnius").get_data(as_text=True)
    facts = re.sub("<[^>]*>", "", page.partition("also called")[2].partition("</dd>")[0])
    conflicts = client.get("/conflicts").get_data(as_text=True)

    assert facts.split() == ["Vilna;", "Wilno", "pl"]
    assert '<p class="small soft">contradiction · <a ' in conflicts


def test_the_sides_of_a_disagreement_do_not_point_at_it(client: FlaskClient) -> None:
    """What is part of a page is not listed again as pointing there."""
    page = client.get("/doc/disagreement/peace-1920-signature-date").get_data(as_text=True)

    assert "#side-1" not in page.partition("What points here")[2].partition("<aside")[0]
