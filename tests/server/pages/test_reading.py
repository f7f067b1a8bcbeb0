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


def test_a_number_leads_to_a_note_that_names_the_source(client: FlaskClient) -> None:
    """Every numbered link of a page has its note; the note names the document, linked."""
    page = client.get("/doc/treaty/peace-1920").get_data(as_text=True)
    notes = re.search(r'id="notes">(.*?)</ol>', page, re.DOTALL)

    assert notes is not None
    assert set(re.findall(r'href="#(w\d+)"', page)) <= set(re.findall(r'id="(w\d+)"', notes[1]))
    assert '003: <a href="/doc/source/003"' in notes[1]
    assert '<li id="w1">003: ' in notes[1]


def test_an_event_without_a_first_day_stands_at_its_last(client: FlaskClient) -> None:
    """An open bound is no year; the data say so, too."""
    page = client.get("/timeline").get_data(as_text=True)
    events = json.loads(client.get("/timeline", headers={"Accept": "application/json"}).data)
    (removal,) = [each for each in events["events"] if each["id"].endswith("/removal")]

    assert 'id="y1"' not in page
    assert 'id="y1939"' in page
    assert (removal["earliest"], removal["latest"]) == (None, "1939-10-28")


def test_the_search_finds_things_and_not_where_a_spelling_is_from(client: FlaskClient) -> None:
    """A link gives a thing its spelling; it is no thing to look for."""
    answer = client.get("/search?q=removal", headers={"Accept": "application/json"})

    assert b"/doc/event/removal" in answer.data
    assert b"link/removal" not in answer.data


def test_names_in_a_row_are_told_apart(client: FlaskClient) -> None:
    """A name has commas of its own; each has its language where it is not the page's."""
    page = client.get("/doc/place/vilnius").get_data(as_text=True)
    facts = re.sub("<[^>]*>", "", page.partition("Also called")[2].partition("</dd>")[0])

    assert facts.split() == ["Vilna;", "Wilno", "(pl)"]


def test_the_sides_of_a_disagreement_do_not_point_at_it(client: FlaskClient) -> None:
    """What is part of a page is not listed again as pointing there."""
    page = client.get("/doc/disagreement/peace-1920-signature-date").get_data(as_text=True)

    assert "#side-1" not in page.partition("Where else it is mentioned")[2].partition("<aside")[0]
