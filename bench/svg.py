"""Bar charts as SVG text: rows are tools, columns are what was measured, each column on its own scale."""

import dataclasses
from xml.sax.saxutils import escape

LABELS, COLUMN, GAP = 110, 220, 24  # widths in pixels
ROW, BAR, TOP = 24, 14, 66  # heights in pixels
BAR_PART = 0.62  # of a column's width; the number stands behind the bar
OWN, OTHER, TEXT, FAINT = "#0b6e4f", "#9fb3c8", "#1f2933", "#627d98"


@dataclasses.dataclass(frozen=True)
class Bar:
    """A value, how to write it, and between what it lay (None where there is no spread)."""

    value: float
    text: str
    least: float = None
    most: float = None


def chart(title, note, columns, rows, own):
    """`columns`: headings; `rows`: {tool: [Bar or None, one a column]}; the rows named in `own` stand out."""
    width = LABELS + len(columns) * (COLUMN + GAP)
    height = TOP + len(rows) * ROW + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(10, 22, title, TEXT, 'font-size="15" font-weight="600"'),
        _text(10, 40, note, FAINT),
    ]
    for number, heading in enumerate(columns):
        parts.append(_text(_left(number), TOP - 8, heading, TEXT, 'font-weight="600"'))
    scales = [_scale([bars[number] for bars in rows.values()]) for number in range(len(columns))]
    for line, (name, bars) in enumerate(rows.items()):
        top = TOP + line * ROW
        weight = 'font-weight="600" ' if name in own else ""
        parts.append(_text(LABELS - 8, top + 15, name, TEXT, weight + 'text-anchor="end"'))
        for number, bar in enumerate(bars):
            parts += _bar(_left(number), top, bar, scales[number], OWN if name in own else OTHER)
    return "\n".join(parts) + "\n</svg>\n"


def _scale(bars):
    """Pixels for one unit."""
    most = max((bar.most or bar.value for bar in bars if bar), default=0)
    return COLUMN * BAR_PART / most if most else 0


def _bar(left, top, bar, scale, colour):
    if bar is None:
        return [_text(left, top + 15, "–", FAINT)]
    end = bar.most if bar.most is not None else bar.value
    parts = [f'<rect x="{left}" y="{top + 4}" width="{bar.value * scale:.1f}" height="{BAR}" fill="{colour}"/>']
    if bar.least is not None:
        middle = top + 4 + BAR / 2
        parts.append(f'<path d="M{left + bar.least * scale:.1f} {middle}H{left + bar.most * scale:.1f}" '
                     f'stroke="{TEXT}" stroke-width="1"/>')
    return [*parts, _text(f"{left + end * scale + 6:.1f}", top + 15, bar.text, TEXT)]


def _left(number):
    return LABELS + number * (COLUMN + GAP)


def _text(x, y, text, colour, more=""):
    return f'<text x="{x}" y="{y}" fill="{colour}" {more}>{escape(text)}</text>'
