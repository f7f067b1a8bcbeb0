"""`/reconcile`: the Reconciliation Service API 0.2, asked as OpenRefine asks it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from server.reconciliation.asking import BATCH_SIZE, MAX_CELLS
from server.reconciliation.matching import agree_texts
from tests.server.routes import reconcile_schemas as schemas
from tests.server_release import BASE, make_client, make_small_release

FORM = "application/x-www-form-urlencoded"
EXTRA = """
g:facts {
  <treaty/vilnius-pact> a pacta:Treaty ; rdfs:label "Vilnius pact"@en ;
    pacta:signedOn "1926-09-28"^^xsd:date ; pacta:hasParty <party/lithuania> .
  <treaty/vilnius-pact-again> a pacta:Treaty ; rdfs:label "Vilnius Pact"@en ;
    pacta:signedOn "1927"^^xsd:gYear ; pacta:hasParty <party/poland> .
}
g:statements {
  <statement/vilnius-pact--in-force-a> a pacta:Statement ; pacta:about <treaty/vilnius-pact> ;
    pacta:onProperty pacta:inForceFrom ; pacta:value "1926-11-09"^^xsd:date ;
    pacta:rank <https://w3id.org/pacta/vocab/rank/normal> .
  <statement/vilnius-pact--in-force-b> a pacta:Statement ; pacta:about <treaty/vilnius-pact> ;
    pacta:onProperty pacta:inForceFrom ; pacta:value "1926-11"^^xsd:gYearMonth ;
    pacta:rank <https://w3id.org/pacta/vocab/rank/normal> .
  <statement/vilnius-pact--in-force-c> a pacta:Statement ; pacta:about <treaty/vilnius-pact> ;
    pacta:onProperty pacta:inForceFrom ; pacta:value "1999-01-01"^^xsd:date ;
    pacta:rank <https://w3id.org/pacta/vocab/rank/deprecated> .
}
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over the small release, with two treaties of one name."""
    out: Path = tmp_path_factory.mktemp("out")
    make_small_release(out, EXTRA)
    return make_client(out)


def read(client: FlaskClient, path: str, schema: Any) -> Any:
    """The JSON of an address, which has the form that the specification asks for."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    Draft202012Validator(schema).validate(answer.json)
    return answer.json


def ask(client: FlaskClient, **queries: Any) -> dict[str, list[dict[str, Any]]]:
    """The candidates of each query of a batch, sent as OpenRefine sends it."""
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)}, content_type=FORM)
    assert answer.status_code == 200, answer.text
    batch: dict[str, Any] = json.loads(answer.data)
    Draft202012Validator(schemas.BATCH).validate(batch)
    assert list(queries) == list(batch)
    return {name: each["result"] for name, each in batch.items()}


def extend(client: FlaskClient, **extension: Any) -> Any:
    """The answer of a data extension, sent as OpenRefine sends it."""
    answer = client.post("/reconcile", data={"extend": json.dumps(extension)}, content_type=FORM)
    assert answer.status_code == 200, answer.text
    Draft202012Validator(schemas.EXTENSION).validate(answer.json)
    return answer.json


def test_manifest_says_what_the_service_offers(client: FlaskClient) -> None:
    """A GET without parameters; its addresses lead to services that answer."""
    manifest = read(client, "/reconcile", schemas.MANIFEST)

    assert ["0.2"] == manifest["versions"]
    assert "A test collection" == manifest["name"]
    assert f"{BASE}id/" == manifest["identifierSpace"]
    assert {"id": "Treaty", "name": "treaty"} in manifest["defaultTypes"]
    services = [*manifest["suggest"].values(), manifest["extend"]["propose_properties"]]
    for service in services:
        assert BASE.rstrip("/") == service["service_url"]
        assert client.get(service["service_path"]).status_code == 200
    thing = quote("treaty/peace-1920", safe="")
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        path = template.replace("{{id}}", thing).removeprefix(BASE.rstrip("/"))
        assert client.get(path, follow_redirects=True).status_code == 200


def test_a_batch_is_answered_query_by_query(client: FlaskClient) -> None:
    """Names in any language and spelling; a certain match only where one thing is called so."""
    found = ask(
        client,
        q0={"query": "Lietuva", "type": "Party", "type_strict": "should", "limit": 3},
        q1={"query": "ZELIGOWSKI"},
        q2={"query": "wilno", "type": ["Territory", "Party"]},
        q3={"query": "Soviet-Lithuanian peace traety"},
    )

    assert ["party/lithuania"] == [each["id"] for each in found["q0"]]
    assert [100, True] == [found["q0"][0]["score"], found["q0"][0]["match"]]
    assert [{"id": "Party", "name": "party"}] == found["q0"][0]["type"]
    assert "Lithuania" == found["q0"][0]["name"]
    assert [] == found["q1"]
    assert [("place/vilnius", True)] == [(each["id"], each["match"]) for each in found["q2"]]
    assert "also called Wilno" in found["q2"][0]["description"]
    assert "treaty/peace-1920" == found["q3"][0]["id"]
    assert 80 < found["q3"][0]["score"] < 100
    assert not found["q3"][0]["match"]


def test_two_things_of_one_name_are_no_match(client: FlaskClient) -> None:
    """Both are offered; what else is known of the row decides between them."""
    names = {"query": "Vilnius pact", "type": "Treaty"}
    found = ask(
        client,
        bare=names,
        dated={**names, "properties": [{"pid": "signedOn", "v": "1927"}]},
        party={**names, "properties": [{"pid": "hasParty", "v": {"id": "party/lithuania"}}]},
        worded={**names, "properties": [{"pid": "hasParty", "v": ["Nobody", "Lenkija"]}]},
        neither={**names, "properties": [{"pid": "signedOn", "v": "1999"}]},
    )

    both = {"treaty/vilnius-pact", "treaty/vilnius-pact-again"}
    assert both == {each["id"] for each in found["bare"]}
    for name, first in (
        ("dated", "treaty/vilnius-pact-again"),
        ("party", "treaty/vilnius-pact"),
        ("worded", "treaty/vilnius-pact-again"),
    ):
        assert [(first, True), False] == [
            (found[name][0]["id"], found[name][0]["match"]),
            found[name][1]["match"],
        ]
        assert 100 == found[name][0]["score"] > found[name][1]["score"]
    assert {"id": "signedOn", "value": 100.0} in found["dated"][0]["features"]
    assert not any(each["match"] for name in ("bare", "neither") for each in found[name])


def test_things_are_found_by_properties_alone_and_by_their_id(client: FlaskClient) -> None:
    """A query without a name, and a name that is an id or an address."""
    found = ask(
        client,
        day={"properties": [{"pid": "signedOn", "v": "1920-07-12T00:00:00Z"}], "type": "Treaty"},
        id={"query": "treaty/peace-1920"},
        iri={"query": f"{BASE}id/treaty/peace-1920"},
    )

    for name in found:
        assert ("treaty/peace-1920", True) == (found[name][0]["id"], found[name][0]["match"])


def test_one_query_may_come_alone(client: FlaskClient) -> None:
    """By GET, as a bare name or as JSON; GET of a batch gives what POST of it gives."""
    batch = {"q0": {"query": "Wilno"}}
    by_get = read(client, f"/reconcile?queries={quote(json.dumps(batch))}", schemas.BATCH)
    bare = read(client, "/reconcile?query=Wilno", schemas.RESULT)
    single = read(client, f"/reconcile?query={quote(json.dumps(batch['q0']))}", schemas.RESULT)

    assert ask(client, **batch)["q0"] == by_get["q0"]["result"]
    assert by_get["q0"] == bare == single
    assert "place/vilnius" == bare["result"][0]["id"]


def test_suggestions_begin_with_what_was_typed(client: FlaskClient) -> None:
    """Things, types and properties by name, label or id; `cursor` goes on."""
    entities = read(client, "/reconcile/suggest/entity?prefix=vil", schemas.ENTITIES)["result"]
    named = [each["id"] for each in entities]
    assert "place/vilnius" in named
    more = read(client, "/reconcile/suggest/entity?prefix=vil&cursor=1", schemas.ENTITIES)
    assert named[1:] == [each["id"] for each in more["result"]]
    by_id = read(client, "/reconcile/suggest/entity?prefix=party/poland", schemas.ENTITIES)
    assert "party/poland" == by_id["result"][0]["id"]

    types = read(client, "/reconcile/suggest/type?prefix=tre", schemas.TYPES)["result"]
    assert [{"id": "Treaty", "name": "treaty"}] == types
    properties = read(client, "/reconcile/suggest/property?prefix=signed", schemas.PROPERTIES)
    assert [{"id": "signedOn", "name": "signed on"}] == properties["result"]
    assert client.get("/reconcile/suggest/flower?prefix=a").status_code == 404


def test_values_extend_a_table(client: FlaskClient) -> None:
    """Things as ids, numbers, days; where sources disagree, what none of them takes back."""
    proposed = read(client, "/reconcile/properties?type=Treaty&limit=3", schemas.PROPOSALS)
    assert ["Treaty", 3, 3] == [proposed["type"], proposed["limit"], len(proposed["properties"])]
    assert {"id": "signedOn", "name": "signed on"} in proposed["properties"]

    names = ("signedOn", "hasParty", "articleCount", "inForceFrom", "label")
    told = extend(
        client,
        ids=["treaty/peace-1920", "treaty/vilnius-pact", "treaty/none"],
        properties=[{"id": name} for name in names],
    )

    assert list(names) == [each["id"] for each in told["meta"]]
    peace, pact = told["rows"]["treaty/peace-1920"], told["rows"]["treaty/vilnius-pact"]
    assert [{"date": "1920-07-12T00:00:00Z"}] == peace["signedOn"]
    assert [
        {"id": "party/lithuania", "name": "Lithuania"},
        {"id": "party/soviet-russia", "name": "Soviet Russia"},
    ] == peace["hasParty"]
    assert [{"int": 19}] == peace["articleCount"]
    assert [{"str": "Soviet–Lithuanian Peace Treaty"}] == peace["label"]
    assert [{"str": "1926-11"}, {"date": "1926-11-09T00:00:00Z"}] == pact["inForceFrom"]
    assert [[]] * len(names) == list(told["rows"]["treaty/none"].values())


def test_a_column_has_settings(client: FlaskClient) -> None:
    """How many values, and ids in place of names; OpenRefine sends numbers as text."""
    told = extend(
        client,
        ids=["treaty/peace-1920"],
        properties=[{"id": "hasParty", "settings": {"limit": "1", "content": "id"}}],
    )

    assert [{"str": "party/lithuania"}] == told["rows"]["treaty/peace-1920"]["hasParty"]


def test_a_preview_stands_in_a_frame(client: FlaskClient) -> None:
    """A small page that other sites may frame, and that still loads nothing of theirs."""
    answer = client.get("/reconcile/preview?id=treaty/peace-1920")

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "Soviet–Lithuanian Peace Treaty" in answer.text
    assert "Lithuania, Soviet Russia" in answer.text
    assert 'href="/doc/treaty/peace-1920"' in answer.text
    assert client.get("/reconcile/preview?id=treaty/none").status_code == 404


def test_every_answer_is_open_to_other_sites(client: FlaskClient) -> None:
    """CORS on all addresses, errors too; a preflight of a form is answered (section 3.2)."""
    for path in ("/reconcile", "/reconcile?queries=x", "/reconcile/suggest/type?prefix=a"):
        answer = client.get(path, headers={"Origin": "https://refine.example"})
        assert "*" == answer.headers["Access-Control-Allow-Origin"]
    preflight = client.options("/reconcile", headers={"Origin": "https://refine.example"})
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


QUERY = {"query": "Vilnius"}
BAD = [
    ({"queries": "{"}, 400, "`queries` is not JSON"),
    ({"queries": "[]"}, 400, "`queries` must be a JSON object"),
    ({"queries": '{"q0": 3}'}, 400, "`queries.q0` must be a JSON object"),
    ({"queries": '{"q0": {}}'}, 400, "`queries.q0.query`"),
    ({"queries": '{"q0": {"query": " "}}'}, 400, "`queries.q0.query`"),
    ({"queries": json.dumps({"q0": {"query": "x" * 201}})}, 400, "at most 200 characters"),
    ({"queries": json.dumps({"q0": {**QUERY, "limit": 0}})}, 400, "`queries.q0.limit`"),
    ({"queries": json.dumps({"q0": {**QUERY, "limit": True}})}, 400, "`queries.q0.limit`"),
    ({"queries": json.dumps({"q0": {**QUERY, "type": 3}})}, 400, "`queries.q0.type`"),
    ({"queries": json.dumps({"q0": {**QUERY, "type": "Flower"}})}, 400, "'Flower'"),
    ({"queries": json.dumps({"q0": {**QUERY, "type_strict": "x"}})}, 400, "type_strict"),
    ({"queries": json.dumps({"q0": {**QUERY, "colour": "x"}})}, 400, "`queries.q0.colour`"),
    ({"queries": json.dumps({"q0": {**QUERY, "properties": 1}})}, 400, "`queries.q0.properties`"),
    (
        {"queries": json.dumps({"q0": {**QUERY, "properties": [{"pid": "x", "v": 1}]}})},
        400,
        "`queries.q0.properties.0.pid`",
    ),
    (
        {"queries": json.dumps({"q0": {**QUERY, "properties": [{"pid": "kind", "v": None}]}})},
        400,
        "`queries.q0.properties.0.v`",
    ),
    ({"queries": "[" * 100_000}, 400, "queries"),
    ({"queries": json.dumps({str(n): QUERY for n in range(BATCH_SIZE + 1)})}, 413, "101 queries"),
    ({"extend": '{"ids": "a", "properties": []}'}, 400, "`extend.ids`"),
    ({"extend": '{"ids": [], "properties": [{"id": "flower"}]}'}, 400, "'flower'"),
    (
        {"extend": json.dumps({"ids": ["a"] * (MAX_CELLS + 1), "properties": [{"id": "kind"}]})},
        413,
        "10001 things",
    ),
    ({}, 400, "0 were"),
    ({"queries": "{}", "extend": "{}"}, 400, "2 were"),
]


@pytest.mark.parametrize(("form", "status", "says"), BAD)
def test_what_is_wrong_is_told_with_its_place(
    client: FlaskClient, form: dict[str, str], status: int, says: str
) -> None:
    """400 or 413 as problem+json, which names the place in the JSON and what was expected."""
    answer = client.post("/reconcile", data=form, content_type=FORM)

    assert status == answer.status_code
    assert "application/problem+json" == answer.mimetype
    assert says in json.loads(answer.data)["detail"]


@pytest.mark.slow
@settings(max_examples=40)
@given(text=st.text(min_size=1, max_size=40).filter(str.strip))
def test_any_name_has_an_answer_of_the_right_form(client: FlaskClient, text: str) -> None:
    """Whatever a column holds; the best candidate comes first."""
    found = ask(client, q0={"query": text})["q0"]

    scores = [each["score"] for each in found]
    assert sorted(scores, reverse=True) == scores


def test_a_collection_in_other_scripts_is_matched_too(tmp_path: Path) -> None:
    """Another base, Chinese and Arabic names, a class of the team's own; no English anywhere."""
    base = "https://treaties.example.org/edition/"
    make_small_release(
        tmp_path,
        """
        @prefix own: <https://treaties.example.org/edition/ns#> .
        g:facts { <treaty/nanjing> a pacta:Treaty , own:Unequal ;
          rdfs:label "南京條約"@zh , "معاهدة نانجنغ"@ar . }
        g:vocabulary { own:Unequal a owl:Class ; rdfs:label "不平等條約"@zh . }
        """,
        base,
    )
    client = make_client(tmp_path)
    found = ask(
        client,
        zh={"query": "南京條約"},
        ar={"query": "معاهدة نانجنغ", "type": f"{base}ns#Unequal"},
    )

    for name in ("zh", "ar"):
        assert ("treaty/nanjing", True) == (found[name][0]["id"], found[name][0]["match"])
    assert f"{base}id/" == read(client, "/reconcile", schemas.MANIFEST)["identifierSpace"]


@pytest.mark.parametrize(
    ("value", "asked", "agrees"),
    [
        ("1920-07-12", "1920", 1),
        ("1920-07-12", "1920-07-12T00:00:00Z", 1),
        ("1920-07", "1920-07-12", 1),
        ("1920-07-12", "1920-07-13", 0),
        ("1920-07-12", "192", 0),
        ("19", "19.0", 1),
        ("19", "18", 0),
        ("Vilnius", "VILNIUS", 1),
        ("Vilnius", "", 0),
        ("Vilnius", "Nanjing", 0),
    ],
)
def test_values_agree_or_do_not(value: str, asked: str, agrees: float) -> None:
    """Dates by their parts, numbers by value, texts by spelling."""
    assert agrees == agree_texts(value, asked)
