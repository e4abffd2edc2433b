"""The accessibility engine axe, run in a page of the browser."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PHONE_RULES = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable", "meta-viewport"]
"""Rules whose result may depend on the width and the colours of a page that was examined before."""
_RUN = """async (rules) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const chosen = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
  const found = await axe.run(document, { runOnly: chosen, resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Returns the serious faults of WCAG 2.2 AA; `rules` limits the examination."""
    return list(page.evaluate(_RUN, rules))
