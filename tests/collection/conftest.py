"""The browser of the tests in `tests/browser/`, for pages of the real collection."""

from tests.browser.conftest import browser

__all__ = ["browser"]
