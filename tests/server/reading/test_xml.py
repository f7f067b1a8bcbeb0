"""RDF/XML: text whole, encodings and entities known, faults refused with their place."""

from __future__ import annotations

import codecs
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.reading.reader import ReadingOptions
from tests.server.reading.files import ONE, OPEN, RDF, A, around, load, refuse


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("before <!-- note --> after", "before  after"),
        ("before <![CDATA[<b> & ]]>after", "before <b> & after"),
        ("before <?page 3?>after", "before after"),
        ("<!-- first -->x<!-- last -->", "x"),
        ("&lt;b&gt; &#269;&#x10D;", "<b> čč"),
    ],
)
def test_text_is_whole_whatever_stands_inside_it(tmp_path: Path, inside: str, value: str) -> None:
    """Comments, CDATA, processing instructions and references do not end a literal."""
    found, _ = load(tmp_path, "a.rdf", around(f"<ex:b>{inside}</ex:b>"))

    assert found == [
        str(ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/b"), ox.Literal(value)))
    ]


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (around("<ex:b>1</ex:b>").removesuffix("</rdf:RDF>"), ":1:", "<rdf:RDF> is still open"),
        (around("\n<ex:b>1"), ":2:", "does not close <ex:b>"),
        (f"{OPEN}\n<rdf:Description", ":2:1", "ends inside a tag"),
        ('<?xml version="1.0"?>\n', ":2:1", "empty or cut off"),
        (around("") + "\n" + around(""), ":2:1", "two documents in one file"),
        (around("<ex:b>&nbsp;</ex:b>"), ":1:", "entity is not declared"),
        (around("<no:b>1</no:b>"), ":1:", "prefix is not declared"),
        (around("<ex:b>\x01</ex:b>"), ":1:", "not well-formed"),
    ],
)
def test_xml_that_is_not_well_formed_is_refused(
    tmp_path: Path, data: str, place: str, words: str
) -> None:
    """With line and column, and never as if it were whole; `--skip-invalid` changes nothing."""
    for number, skip in enumerate((False, True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        message = refuse(folder, "a.rdf", data, ReadingOptions(skip_invalid=skip))

        assert message.startswith(f"a.rdf{place}")
        assert words in message


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("US-ASCII", "ascii"),
        ("ISO-8859-1", "latin-1"),
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("windows-1257", "cp1257"),
        ("ISO-8859-13", "iso8859-13"),
        ("KOI8-R", "koi8-r"),
        ("Shift_JIS", "shift_jis"),
        ("GB18030", "gb18030"),
        ("utf-8", "utf-8-sig"),
        ("UTF-32", "utf-32"),
    ],
)
def test_xml_says_how_it_is_encoded(tmp_path: Path, label: str, encoding: str) -> None:
    """Every encoding that XML declares and Python knows."""
    head = f'<?xml version="1.0" encoding="{label}"?>\n'
    value = "Š é ж 条約"
    kept = "".join(c for c in value if c == c.encode(encoding, "ignore").decode(encoding))
    text = around(f"<ex:b>{value}</ex:b>", head)
    data = text.encode(encoding, "xmlcharrefreplace")
    if encoding == "utf-16-le":
        data = codecs.BOM_UTF16_LE + data

    found, _ = load(tmp_path, "a.rdf", data)

    assert kept
    assert found == [f'<http://e/a> <http://e/b> "{value}"']


@pytest.mark.parametrize("declared", ["ISO-8859-1", "windows-1257", "UTF-8", "US-ASCII"])
def test_a_byte_order_mark_has_the_last_word(tmp_path: Path, declared: str) -> None:
    """Editors that save a file as UTF-8 leave the declaration as it was (RFC 7303, section 3.3)."""
    text = around("<ex:b>Šé</ex:b>", f'<?xml version="1.0" encoding="{declared}"?>\n')
    found, _ = load(tmp_path, "a.rdf", codecs.BOM_UTF8 + text.encode())

    assert found == ['<http://e/a> <http://e/b> "Šé"']


def test_wrong_and_unknown_encodings_are_told(tmp_path: Path) -> None:
    """Bytes that are not what the declaration says, and names that nobody knows."""
    for name, declared, bad in (
        ("ascii", "US-ASCII", b"\xe9"),
        ("utf8", "UTF-8", b"\xe9<"),
        ("sjis", "Shift_JIS", b"\x81\xff"),
    ):
        (tmp_path / name).mkdir()
        head = f'<?xml version="1.0" encoding="{declared}"?>\n'
        data = around("<ex:b>?</ex:b>", head).encode().replace(b"?</ex", bad + b"</ex")
        assert "a.rdf" in refuse(tmp_path / name, "a.rdf", data)
    unknown = around("", '<?xml version="1.0" encoding="klingon"?>')
    assert "'klingon' is unknown" in refuse(tmp_path, "a.rdf", unknown)


@pytest.mark.parametrize("quote", "'\"")
def test_entities_of_the_doctype_are_known(tmp_path: Path, quote: str) -> None:
    """In either quote, inside one another, and in attributes."""
    doctype = (
        f"<!DOCTYPE rdf:RDF [<!ENTITY e {quote}http://e/{quote}>"
        f"<!ENTITY a {quote}&e;a{quote}><!ENTITY x {quote}x{quote}>]>"
    )
    text = around("<ex:b>&x;</ex:b>", doctype).replace('"http://e/a"', '"&a;"')

    found, _ = load(tmp_path, "a.rdf", text)

    assert found == ONE


def test_entities_never_leave_the_file_and_never_explode(tmp_path: Path) -> None:
    """External entities, external DTDs and the expansion of entities in entities are refused."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    outside = f'<!DOCTYPE rdf:RDF [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    assert "external entity" in refuse(tmp_path, "a.rdf", around("<ex:b>&s;</ex:b>", outside))

    dtd = f'<!DOCTYPE rdf:RDF SYSTEM "{secret.as_uri()}">'
    (tmp_path / "2").mkdir()
    assert "&s; is not declared" in refuse(tmp_path / "2", "a.rdf", around("<ex:b>&s;</ex:b>", dtd))

    levels = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "ha ha ha ">'
        for n in range(10)
    )
    (tmp_path / "3").mkdir()
    message = refuse(
        tmp_path / "3",
        "a.rdf",
        around("<ex:b>&e9;</ex:b>", f"<!DOCTYPE rdf:RDF [{levels}]>"),
    )
    assert "amplification" in message


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("a &lt; b &amp; c", "a &lt; b &amp; c"),
        ("<![CDATA[a < b]]>", "a &lt; b"),
        ("<b/>", "<b></b>"),
        (
            "<ex:b ex:z='1' y='\"&#10;'/>",
            '<ex:b xmlns:ex="http://e/" y="&quot;&#xA;" ex:z="1"></ex:b>',
        ),
        ("<!--c--><?p d?>", "<!--c--><?p d?>"),
        (
            '<p xmlns="http://x/"><q xmlns=""/></p>',
            '<p xmlns="http://x/"><q xmlns=""></q></p>',
        ),
        ("<p xml:lang='lt'>ą</p>", '<p xml:lang="lt">ą</p>'),
    ],
)
@pytest.mark.parametrize("kind", ["Literal", "somethingElse"])
def test_xml_literals_stay_well_formed(tmp_path: Path, inside: str, value: str, kind: str) -> None:
    """They are exclusive canonical XML; an unknown rdf:parseType means the same."""
    text = around(f'<ex:b rdf:parseType="{kind}">{inside}</ex:b>')

    (quad,) = load(tmp_path, "a.rdf", text) and list(ox.Store.read_only(str(tmp_path / "store")))

    assert isinstance(quad.object, ox.Literal)
    assert quad.object.value == value
    assert quad.object.datatype.value == f"{RDF}XMLLiteral"


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ('<ex:b rdf:resource="a b"/>', "is no IRI"),
        ('<ex:b rdf:resource="x" rdf:nodeID="y"/>', "do not go together"),
        ('<ex:b rdf:datatype="http://e/d"><ex:c/></ex:b>', "inside a literal"),
        ("<ex:b>text<ex:C/></ex:b>", "text and an element"),
        ("<ex:b><ex:C/><ex:D/></ex:b>", "second node"),
        ('<ex:b about-it="1">x</ex:b>', "no namespace"),
        ("stray", "text stands where an element is expected"),
        ('<ex:b xml:lang="en_US">x</ex:b>', "anguage"),
        ('<ex:b rdf:ID="i">1</ex:b><ex:b rdf:ID="i">2</ex:b>', "stands twice"),
    ],
)
def test_faults_of_rdfxml_have_a_place_and_can_be_skipped(
    tmp_path: Path, inside: str, words: str
) -> None:
    """What breaks the grammar costs what it stands in; all else is read."""
    text = around(f"\n{inside}\n<ex:b>x</ex:b>")
    message = refuse(tmp_path, "a.rdf", text)
    assert message.startswith("a.rdf:2:")
    assert words in message

    (tmp_path / "2").mkdir()
    found, report = load(tmp_path / "2", "a.rdf", text, ReadingOptions(skip_invalid=True))
    assert A in found
    assert report.left_out_count >= 1
