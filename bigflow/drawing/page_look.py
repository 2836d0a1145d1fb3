"""Turns colours into all that a page has beside its words: style sheet, icon, and a script that it can do without."""

from urllib.parse import quote

from bigflow.drawing import palette, timeline

# Without it: everything is there, unfiltered; links to folded logs open them in browsers of 2024 and later.
SCRIPT = """
const all = (selector) => [...document.querySelectorAll(selector)];
const filter = document.getElementById("filter"), unfold = document.getElementById("unfold");
const logs = all("details.log"), rows = [...all("#attempts tbody tr"), ...logs];
const words = new Map(rows.map((row) => [row, (row.querySelector("summary") || row).textContent.toLowerCase()]));
all(".tools").forEach((tools) => { tools.hidden = false; });
unfold.hidden = !logs.length;
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase().split(/\\s+/);
  rows.forEach((row) => { row.hidden = !wanted.every((word) => words.get(row).includes(word)); });
});
unfold.addEventListener("click", () => {
  const open = logs.some((log) => !log.open);
  logs.forEach((log) => { log.open = open; });
  unfold.textContent = open ? "fold all logs" : "unfold all logs";
});
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const log = target && target.closest("details");
  if (log) { log.hidden = false; log.open = true; log.scrollIntoView(); }
};
const graph = document.querySelector(".graph");
const begin = graph && (graph.querySelector("a.failed, a.killed") || graph.querySelector("a"));
if (begin) {
  const box = begin.getBoundingClientRect(), frame = graph.getBoundingClientRect();
  graph.scrollTo(box.left - frame.left - frame.width / 2, box.top - frame.top - frame.height / 2);
}
addEventListener("hashchange", reveal);
reveal();
"""

_LIGHT = """--paper: #ffffff; --ink: #1f2328; --faint: #59636e; --rule: #e3e7ec; --band: #f6f8fa; --link: #0a58ca;
--t-red: #b62324; --t-green: #1a7f37; --t-yellow: #8a6100; --t-blue: #0a58ca; --t-magenta: #8250df; --t-cyan: #0b6f7c"""
_DARK = """--paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --rule: #2a313a; --band: #151b23; --link: #6cb0ff;
--t-red: #ff8a84; --t-green: #56d364; --t-yellow: #e3b341; --t-blue: #79c0ff; --t-magenta: #d2a8ff; --t-cyan: #56d4dd"""

_RULES = """
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans) }
main { max-width: 1200px; margin: 0 auto; padding: 40px 32px 80px }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
code, pre { font-family: var(--mono); font-size: 13px }
h1 { font-size: 28px; line-height: 1.25; margin: 0; display: flex; flex-wrap: wrap; align-items: center; gap: 14px;
  overflow-wrap: anywhere }
h2 { font-size: 17px; margin: 44px 0 14px }
.subtitle { margin: 4px 0 0; color: var(--faint) }
.facts { display: flex; flex-wrap: wrap; gap: 18px 40px; margin: 26px 0 0; padding: 18px 0;
  border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule) }
.facts dt { color: var(--faint); font-size: 13px }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
.pill { display: inline-block; padding: 1px 9px; border-radius: 10px; font: 500 12px/18px var(--sans);
  white-space: nowrap; background: var(--fill, var(--band)); border: 1px solid var(--stroke, var(--rule)) }
h1 .pill { font-size: 14px; line-height: 24px; padding: 1px 13px; border-radius: 14px }
.problems { margin: 26px 0 0; padding: 14px 18px; border-radius: 6px; background: var(--fill, var(--band));
  border-left: 4px solid var(--stroke, var(--faint)) }
.problems p { margin: 3px 0; overflow-wrap: anywhere }
.problems .next:not(:first-child) { margin-top: 12px }
.command { user-select: all; padding: 3px 8px; border-radius: 4px; background: var(--paper) }
.where { color: var(--faint) }
.problems .where { color: inherit; opacity: .8 }
.figure { overflow: auto; max-width: 100%; border: 1px solid var(--rule); border-radius: 6px }
.figure > svg { display: block }
.graph { max-height: 720px; position: relative }
.graph > svg { margin: 0 auto; height: auto }
.graph a:not([class=""]) .box { fill: var(--fill); stroke: var(--stroke) }
.graph a:hover .box { stroke-width: 2 }
.note { color: var(--faint); font-size: 13px; margin: 8px 0 }
.tools { display: flex; gap: 10px; margin: 0 0 12px }
.tools[hidden], [hidden] { display: none }
.tools input, .tools button { font: inherit; font-size: 14px; color: inherit; background: var(--paper);
  border: 1px solid var(--rule); border-radius: 6px; padding: 5px 10px }
.tools input { flex: 0 1 320px }
.tools button { cursor: pointer }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums }
th { text-align: left; color: var(--faint); font-weight: 500; font-size: 13px }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--rule); vertical-align: top }
tbody tr:last-child td { border-bottom: 0 }
td.job { font-family: var(--mono); font-size: 13px; white-space: nowrap }
td.attempt, td.state, td.began, td.took { white-space: nowrap }
.attempt, .began, .took { text-align: right }
td.reason { width: 60%; overflow-wrap: anywhere }
tr:target td { background: var(--band); box-shadow: inset 0 2px var(--link), inset 0 -2px var(--link) }
details.log { border: 1px solid var(--rule); border-radius: 6px; margin: 6px 0; content-visibility: auto;
  contain-intrinsic-size: auto 38px }
summary { cursor: pointer; padding: 7px 12px }
summary .name { font: 13px var(--mono); margin-right: 6px }
.size { color: var(--faint); font-size: 13px; margin-left: 6px }
details .note { margin: 0; padding: 8px 12px; border-top: 1px solid var(--rule) }
pre { margin: 0; padding: 12px; overflow: auto; max-height: 70vh; border-top: 1px solid var(--rule);
  background: var(--band); line-height: 1.45; tab-size: 8 }
.t-red { color: var(--t-red) } .t-green { color: var(--t-green) } .t-yellow { color: var(--t-yellow) }
.t-blue { color: var(--t-blue) } .t-magenta { color: var(--t-magenta) } .t-cyan { color: var(--t-cyan) }
.t-bold { font-weight: 700 } .t-dim { opacity: .7 } .t-italic { font-style: italic }
.t-underlined { text-decoration: underline }
@media (max-width: 720px) { main { padding: 24px 16px 48px } }
@media print { .tools { display: none } .figure, .graph, pre { max-height: none; overflow: visible } }
""".strip()


def stylesheet() -> str:
    """Colours, those that replace them in dark surroundings, then rules that use them."""
    return "\n".join(
        [
            f":root {{ {_LIGHT};",
            "--sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;",
            "--mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace }",
            *palette.variables(dark=False),
            "@media (prefers-color-scheme: dark) {",
            f":root {{ {_DARK} }}",
            *palette.variables(dark=True),
            "}",
            _RULES,
            timeline.stylesheet(),
        ]
    )


def icon(state: str) -> str:
    """A dot in the colour of the state, for the tab of the browser."""
    colour = palette.KNOWN[state].light.stroke if state in palette.KNOWN else "#8590a0"
    dot = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="{colour}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(dot)}"
