"""What every page of ours is to do in a browser, at a phone's width and at a desk's, by day and by night."""

import pytest
from browser import Browser, why_none

WIDTHS = (390, 1200)
GROUNDS = ("paper", "panel", "good", "bad", "doubt")
needs_browser = pytest.mark.skipif(why_none() is not None, reason=f"no browser: {why_none()}")


def check_fits(browser: Browser) -> None:
    """Nothing is wider than the window, nothing is loaded from elsewhere, and no error is logged."""
    wide, inner = browser.run("return [document.scrollingElement.scrollWidth, innerWidth]")
    assert wide <= inner
    loaded = browser.run("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert [name for name in loaded if not name.startswith(("data:", "file:", "blob:"))] == []
    assert browser.errors() == []


def check_contrast(browser: Browser) -> None:
    """Text stands out from its ground by the 4.5 to 1 that WCAG asks for."""
    script = "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0])"
    names = ("ink", "faint", "accent", *GROUNDS)
    light = {name: _light(browser.run(script, f"--{name}")) for name in names}
    pairs = [*(("ink", ground) for ground in GROUNDS), ("faint", "paper"), ("accent", "paper")]
    for text, ground in pairs:
        low, high = sorted((light[text], light[ground]))
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"


def _light(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = [value / 255 for value in bytes.fromhex(colour.strip().removeprefix("#"))]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
