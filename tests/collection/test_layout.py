"""The records of the collection are laid out as `pacta fmt` does it."""

from __future__ import annotations

from loader.read.layout import WIDTH, lay_out
from tests.places import ROOT


def test_every_record_file_is_laid_out_and_its_lines_are_short() -> None:
    """Laying a file out again changes nothing; 95 % of the lines of records fit the width."""
    files = sorted((ROOT / "seeds").rglob("*.yaml"))
    lines: list[str] = []
    for file in files:
        data = file.read_bytes()
        assert lay_out(data, file) == data, f"run: pacta fmt {file}"
        if file.parent.name != "passages":
            lines.extend(data.decode().splitlines())

    assert len(files) > 40
    assert sum(len(line) <= WIDTH for line in lines) >= 0.95 * len(lines)
