"""Dumps as files: ranges, validators, correct sizes and checksums (RFC 9110, 14; DCAT 3)."""

from __future__ import annotations

import gzip
import hashlib
import re
from urllib.parse import urljoin, urlsplit

import zstandard
from rdflib import URIRef

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.fields import read_content_range, read_directives
from conform.door import DCAT_NS, VOID_NS
from conform.errors import RuleBrokenError, apply_if, require
from conform.model import (
    DCAT_CHECKSUM,
    DCAT_DISTRIBUTION,
    FETCH_CORS,
    VOID_STATISTICS,
    Rule,
    Spec,
    rfc,
)
from conform.targets import Dump

SPDX = "http://spdx.org/rdf/terms#"
PACKED = {"gz": "application/gzip", "zst": "application/zstd"}
BY_ENDING = {
    "nt": rdf.NTRIPLES,
    "nq": rdf.NQUADS,
    "ttl": rdf.TURTLE,
    "trig": rdf.TRIG,
    "rdf": rdf.RDFXML,
}
STALE = '"nothing-here-has-this-tag"'
SUMS = "SHA256SUMS"
RANGES = rfc(9110, "14.2")
SUM_LINE = re.compile(r"([0-9a-f]{64})  ?\*?(\S.*)")
SUMS_SPEC = Spec("GNU Coreutils, sha256sum", "https://www.gnu.org/software/coreutils/sha256sum")


def _ranged(dump: Dump) -> Answer:
    """The first hundred bytes; rules about ranges apply where the server claims to do ranges."""
    apply_if(dump.length > 200, "shorter than 200 bytes")
    answer = dump.part("bytes=0-99")
    claims = answer.status == 206 or dump.head.get("accept-ranges").lower() == "bytes"
    apply_if(claims, "the server does no ranges (dump-accept-ranges says more)")
    return answer


def _part(dump: Dump, ranges: str, first: int, last: int) -> None:
    answer = dump.part(ranges)
    require(answer.status == 206, f"Range: {ranges} gave {answer.status}")
    said = read_content_range(answer.get("content-range"))
    wanted = (first, last, dump.length)
    require(said == wanted, f"Content-Range: {answer.get('content-range') or 'none'}")
    size = last - first + 1
    require(len(answer.body) == size, f"{len(answer.body)} bytes for a range of {size}")
    if dump.length <= dump.door.fetcher.limits.max_bytes:
        require(answer.body == dump.whole.body[first : last + 1], f"{ranges}: other bytes")


def check_head(dump: Dump) -> None:
    """HEAD of a dump gives its length and is otherwise as GET."""
    require(dump.head.status == 200, f"HEAD gives {dump.head.status}")
    require(dump.head.get("content-length").isdigit(), "HEAD gives no length")
    whole = dump.whole
    for name in ("content-length", "content-type", "etag", "last-modified"):
        require(dump.head.get(name) == whole.get(name), f"HEAD and GET differ in {name}")


def check_accept_ranges(dump: Dump) -> None:
    """Dumps announce that they can be fetched in parts."""
    said = dump.head.get("accept-ranges").lower()
    require(said == "bytes", f"Accept-Ranges: {said or 'none'}")


def check_first(dump: Dump) -> None:
    """The first bytes, and only those."""
    _ranged(dump)
    _part(dump, "bytes=0-99", 0, 99)


def check_resume(dump: Dump) -> None:
    """From somewhere to the end, as `curl -C -` asks."""
    _ranged(dump)
    start = dump.length // 2
    _part(dump, f"bytes={start}-", start, dump.length - 1)


def check_suffix(dump: Dump) -> None:
    """The last bytes; and a last position beyond the end is the end."""
    _ranged(dump)
    _part(dump, "bytes=-50", dump.length - 50, dump.length - 1)
    _part(dump, f"bytes=10-{dump.length + 1000}", 10, dump.length - 1)


def check_unsatisfiable(dump: Dump) -> None:
    """Beyond the end: 416 with the length."""
    _ranged(dump)
    answer = dump.part(f"bytes={dump.length}-")
    require(answer.status == 416, f"a range beyond the end gave {answer.status}")
    said = read_content_range(answer.get("content-range"))
    require(said == (None, None, dump.length), f"Content-Range: {answer.get('content-range')}")


def check_unknown_unit(dump: Dump) -> None:
    """A unit that nobody knows is ignored."""
    apply_if(dump.length, "empty")
    answer = dump.part("rows=0-9")
    require(answer.status == 200, f"Range: rows=0-9 gave {answer.status}")


def check_malformed(dump: Dump) -> None:
    """Malformed ranges break nothing."""
    apply_if(dump.length, "empty")
    for ranges in ("bytes=", "bytes=9-1", "bytes=a-b", "bytes", "bytes=--5", "bytes=1-2-3", "0-5"):
        answer = dump.part(ranges)
        require(answer.status in (200, 400, 416), f"Range: {ranges} gave {answer.status}")


def check_several(dump: Dump) -> None:
    """Several ranges give several parts, or everything, never something else."""
    _ranged(dump)
    answer = dump.part("bytes=0-9,20-29")
    if answer.status == 206:
        require(answer.kind == "multipart/byteranges", f"two ranges gave a 206 of {answer.kind}")
    else:
        require(answer.status in (200, 416), f"two ranges gave {answer.status}")


def check_head_range(dump: Dump) -> None:
    """Ranges are for GET."""
    answer = dump.door.send(dump.place, headers={"Range": "bytes=0-9"}, method="HEAD")
    require(answer.status == 200, f"HEAD with a Range gave {answer.status}")


def check_if_range(dump: Dump) -> None:
    """The file is unchanged: the rest is sent."""
    _ranged(dump)
    tag = dump.head.get("etag")
    apply_if(tag and not tag.startswith("W/"), "no strong ETag")
    answer = dump.part("bytes=50-", {"If-Range": tag})
    require(answer.status == 206, f"If-Range with the current ETag gave {answer.status}")


def check_if_range_stale(dump: Dump) -> None:
    """The file has changed: all of it is sent, so that no client joins halves of two files."""
    _ranged(dump)
    for value in (STALE, f"W/{STALE}", "Sat, 01 Jan 2000 00:00:00 GMT"):
        answer = dump.part("bytes=50-", {"If-Range": value})
        require(answer.status == 200, f"If-Range: {value} gave {answer.status}")
        require(len(answer.body) == dump.length, "a 200 that is not the whole file")


def check_validators(dump: Dump) -> None:
    """A dump has a strong tag, so that a resumed download can be trusted."""
    tag = dump.head.get("etag")
    require(tag and not tag.startswith("W/"), f"ETag: {tag or 'none'}")
    answer = dump.door.send(dump.place, headers={"If-None-Match": tag})
    require(answer.status == 304, f"If-None-Match with it gave {answer.status}")


def check_not_coded(dump: Dump) -> None:
    """A compressed file is a file: no content coding is put on or taken off."""
    ending = dump.place.rpartition(".")[2]
    apply_if(ending in PACKED, "not a compressed file")
    answer = dump.door.send(dump.place, headers={"Accept-Encoding": "gzip"}, method="HEAD")
    require(
        not answer.get("content-encoding"), f"Content-Encoding: {answer.get('content-encoding')}"
    )
    require(answer.get("content-length") == str(dump.length), "another length for who takes gzip")
    known = {PACKED[ending], PACKED[ending].replace("/", "/x-")}
    require(answer.kind in known, f"a .{ending} is sent as {answer.kind}")


def unpack(dump: Dump) -> bytes:
    """The dump, decompressed as its name says.

    Raises:
        RuleBrokenError: It is not compressed like that.
    """
    body = dump.whole.content
    try:
        if dump.place.endswith(".gz"):
            return gzip.decompress(body)
        if dump.place.endswith(".zst"):
            return zstandard.ZstdDecompressor().stream_reader(body).read()
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise RuleBrokenError(f"it does not unpack: {error}") from error
    return body


def check_unpacks(dump: Dump) -> None:
    """A compressed file unpacks to the plain one beside it."""
    ending = dump.place.rpartition(".")[2]
    apply_if(ending in PACKED, "not a compressed file")
    content = unpack(dump)
    plain = dump.door.follow(dump.place.removesuffix(f".{ending}"))
    apply_if(plain.status == 200 and not plain.cut, "no plain file beside it")
    require(content == plain.content, "it unpacks to something else than the plain file")


def check_parses(dump: Dump) -> None:
    """A dump is what its name says."""
    name = re.sub(r"\.(gz|zst)$", "", dump.place)
    kind = BY_ENDING.get(name.rpartition(".")[2])
    apply_if(kind is not None, "a format that is not read here")
    content = unpack(dump)
    apply_if(len(content) <= 4_000_000, "too large to parse here")
    triples = rdf.parse(content, kind or "", dump.url, dump.door.load_context)
    require(triples, "it holds no triple")


def _said_triples(dump: Dump) -> int | None:
    """What the description says of this very dump, or of the dataset that it is all of."""
    own = dump.door.number(VOID_NS + "triples", dump.node) if dump.node is not None else None
    if own is not None:
        return own
    for owner in dump.door.subjects(VOID_NS + "dataDump", URIRef(dump.url)):
        others = [str(url) for url in dump.door.objects(VOID_NS + "dataDump", owner)]
        if [url for url in others if url.endswith(".nt")] == [dump.url]:
            return dump.door.number(VOID_NS + "triples", owner)
    return None


def check_count(dump: Dump) -> None:
    """The number of triples that the description gives is that of the dump."""
    apply_if(dump.place.endswith(".nt"), "only plain N-Triples are counted")
    said = _said_triples(dump)
    apply_if(said is not None, "no number of triples is given for it")
    lines = {line for line in dump.whole.content.split(b"\n") if line and not line.startswith(b"#")}
    require(len(lines) == said, f"{said} triples said, {len(lines)} there")


def check_size(dump: Dump) -> None:
    """`dcat:byteSize` is true."""
    said = dump.says.get(DCAT_NS + "byteSize")
    apply_if(said is not None, "the description gives no byteSize")
    require(str(said) == str(dump.length), f"{said} bytes said, {dump.length} there")


def check_media_type(dump: Dump) -> None:
    """`dcat:mediaType`, or `dcat:compressFormat` of a compressed file, is what is sent."""
    said = dump.says.get(DCAT_NS + "compressFormat") or dump.says.get(DCAT_NS + "mediaType")
    apply_if(said is not None, "the description gives no media type")
    wanted = "/".join(str(said).lower().rsplit("/", 2)[-2:])
    require(dump.head.kind == wanted, f"{wanted} said, {dump.head.kind} sent")


def check_checksum(dump: Dump) -> None:
    """`spdx:checksum` is true."""
    node = dump.says.get(SPDX + "checksum")
    apply_if(node is not None, "the description gives no checksum")
    values = [str(value) for value in dump.door.objects(SPDX + "checksumValue", node)]
    require(values, "a checksum without a value")
    algorithm = [str(value) for value in dump.door.objects(SPDX + "algorithm", node)]
    apply_if(any("sha256" in name.lower() for name in algorithm), f"another algorithm: {algorithm}")
    found = hashlib.sha256(dump.whole.body).hexdigest()
    require(found in values, f"SHA-256 {values[0][:16]}… said, {found[:16]}… found")


def check_sums(dump: Dump) -> None:
    """`SHA256SUMS` beside the dump names it truly."""
    folder = dump.place.rpartition("/")[0] + "/"
    answer = dump.door.follow(folder + SUMS)
    while answer.status != 200 and folder.startswith(dump.door.base) and folder.count("/") > 4:
        folder = folder.rstrip("/").rpartition("/")[0] + "/"
        answer = dump.door.follow(folder + SUMS)
    require(answer.status == 200, f"no {SUMS} beside it")
    sums = {
        found[2]: found[1] for found in map(SUM_LINE.fullmatch, answer.text.splitlines()) if found
    }
    name = dump.place.removeprefix(folder)
    require(name in sums, f"{SUMS} does not name {name}")
    found_sum = hashlib.sha256(dump.whole.body).hexdigest()
    require(sums[name] == found_sum, f"{SUMS} has another SHA-256")


def _latest(dump: Dump) -> tuple[str, Answer]:
    """The address of the same file that always leads to the newest, if there is one."""
    parts = urlsplit(dump.url).path.split("/")
    for index in range(len(parts) - 2, 0, -1):
        path = "/".join([*parts[:index], "latest", *parts[index + 1 :]])
        answer = dump.door.send(urljoin(dump.place, path), method="HEAD")
        if answer.status < 400:
            return path, answer
    apply_if(False, "no address for the newest dump is known")
    raise AssertionError


def check_latest(dump: Dump) -> None:
    """The address of the newest leads there by a redirect that is not for ever."""
    path, answer = _latest(dump)
    require(answer.status in (302, 307), f"{path} gives {answer.status}")
    target = dump.door.follow(path if "://" in path else urljoin(dump.place, path), method="HEAD")
    require(target.status == 200, f"{path} leads to {target.status}")
    said = read_directives(answer.get("cache-control"))
    age = said.get("max-age", "0")
    require(age.isdigit() and int(age) <= 86400, f"{path} may be kept for {age} s")


def check_cors(dump: Dump) -> None:
    """Scripts of other sites may read dumps."""
    answer = dump.door.send(
        dump.place, headers={"Origin": "https://scripts.example"}, method="HEAD"
    )
    require(
        answer.get("access-control-allow-origin") in ("*", "https://scripts.example"), "no CORS"
    )


IF_RANGE = rfc(9110, "13.1.5")

RULES: tuple[Rule[Dump], ...] = (
    Rule("dump-head", "HEAD of a dump gives its length and GET's fields", "MUST",
         rfc(9110, "9.3.2"), check_head),
    Rule("dump-accept-ranges", "Dumps have Accept-Ranges: bytes", "SHOULD", rfc(9110, "14.3"),
         check_accept_ranges),
    Rule("range-first", "A range gives those bytes with Content-Range", "MUST", rfc(9110, "15.3.7"),
         check_first),
    Rule("range-resume", "A broken download can be resumed", "MUST", RANGES, check_resume),
    Rule("range-suffix", "A range of the last bytes gives those", "MUST", rfc(9110, "14.1.2"),
         check_suffix),
    Rule("range-unsatisfiable", "A range beyond the end gives 416 with the length", "SHOULD",
         rfc(9110, "15.5.17"), check_unsatisfiable),
    Rule("range-unit", "A range in an unknown unit is ignored", "MUST", RANGES, check_unknown_unit),
    Rule("range-malformed", "Malformed ranges are ignored or refused", "MUST", RANGES,
         check_malformed),
    Rule("range-several", "Several ranges give parts or the whole", "MUST", rfc(9110, "15.3.7.2"),
         check_several),
    Rule("range-head", "HEAD ignores Range", "MUST", RANGES, check_head_range),
    Rule("if-range", "If-Range with the current ETag gives the part", "MUST", IF_RANGE,
         check_if_range),
    Rule("if-range-stale", "If-Range with another validator gives the whole", "MUST", IF_RANGE,
         check_if_range_stale),
    Rule("dump-etag", "Dumps have a strong ETag and answer 304 to it", "SHOULD",
         rfc(9110, "8.8.1"), check_validators),
    Rule("dump-not-coded", "A compressed dump is a file of its own type without coding", "SHOULD",
         rfc(9110, "8.4"), check_not_coded),
    Rule("dump-unpacks", "A compressed dump unpacks to the plain one", "MUST", DCAT_DISTRIBUTION,
         check_unpacks),
    Rule("dump-parses", "A dump parses as what its name says", "MUST", DCAT_DISTRIBUTION,
         check_parses),
    Rule("dump-count", "A dump has as many triples as the description says", "MUST",
         VOID_STATISTICS, check_count),
    Rule("dump-size", "dcat:byteSize is true", "MUST", DCAT_DISTRIBUTION, check_size),
    Rule("dump-media-type", "The described media type is the one sent", "MUST", DCAT_DISTRIBUTION,
         check_media_type),
    Rule("dump-checksum", "spdx:checksum is true", "MUST", DCAT_CHECKSUM, check_checksum),
    Rule("dump-sums", "SHA256SUMS names the dump truly", "SHOULD", SUMS_SPEC, check_sums),
    Rule("dump-latest", "The newest dump is found by a temporary redirect", "SHOULD",
         rfc(9110, "15.4.8"), check_latest),
    Rule("dump-cors", "Scripts of other sites may read dumps", "SHOULD", FETCH_CORS, check_cors),
)  # fmt: skip
