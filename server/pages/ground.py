"""The quiet backgrounds of maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ground:
    """A quiet background of maps.

    Attributes:
        west: The least longitude that it covers, in degrees.
        south: The least latitude.
        east: The greatest longitude.
        north: The greatest latitude.
        features: Of GeoJSON.
    """

    west: float
    south: float
    east: float
    north: float
    features: tuple[Mapping[str, Any], ...]

    @property
    def borders(self) -> bool:
        """Whether it has states and rivers, not coasts alone."""
        return any(each["properties"].get("layer") == "country" for each in self.features)
