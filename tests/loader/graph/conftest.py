"""What the tests of this folder do with the tiny workspace: build its graph as it is now."""

from __future__ import annotations

import pytest

from loader.graph.build import build_graph
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import read_records
from loader.workspace import Workspace
from tests.tinybuild import BASE, Build


@pytest.fixture
def build(tiny: Workspace, vocabulary: Vocabulary) -> Build:
    """Build the tiny workspace as it is now."""
    return lambda: build_graph(read_records(tiny, vocabulary), vocabulary, BASE)
