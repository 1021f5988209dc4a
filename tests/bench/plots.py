"""Plots, as SVG written by hand: they need no library and differ only where figures do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 320
LEFT, BOTTOM, TOP = 70, 50, 40


def line_plot(title: str, x_label: str, y_label: str, points: Sequence[tuple[float, float]]) -> str:
    """A line through `points`; x is logarithmic, y begins at 0."""
    top = max(y for _, y in points) * 1.2 or 1
    low, high = math.log10(points[0][0]), math.log10(points[-1][0])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - 30), HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP)

    places = [place(x, y) for x, y in points]
    parts = [
        text(WIDTH / 2, 20, title, "middle", 15),
        text(WIDTH / 2, HEIGHT - 8, x_label, "middle"),
        text(LEFT, TOP - 6, y_label),
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - 30}" fill="none" stroke="#888"/>',
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="#06c" '
        'stroke-width="2"/>',
    ]
    for (x, y), (work, cost) in zip(places, points, strict=True):
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#06c"/>',
            text(x, y - 10, f"{cost:.0f}", "middle"),
            text(x, HEIGHT - BOTTOM + 18, f"{work:,.0f}", "middle"),
        ]
    return svg(parts)


def bar_plot(title: str, bars: Sequence[tuple[str, float, float]]) -> str:
    """Horizontal bars of ratios, each with a mark at its target."""
    row, left = 28, 260
    height = TOP + row * len(bars) + 20
    longest = max(max(value, target) for _, value, target in bars) * 1.15
    scale = (WIDTH - left - 20) / longest
    parts = [text(WIDTH / 2, 20, title, "middle", 15)]
    for number, (name, value, target) in enumerate(bars):
        y = TOP + number * row
        colour = "#2a2" if value >= target else "#c60"
        parts += [
            text(left - 8, y + 14, name, "end"),
            f'<rect x="{left}" y="{y}" width="{value * scale:.1f}" height="18" fill="{colour}"/>',
            f'<path d="M{left + target * scale:.1f} {y - 2}v22" stroke="#000" stroke-width="2"/>',
            text(left + value * scale + 6, y + 14, f"{value:.1f}"),
        ]
    return svg(parts, height)


def grouped_plot(title: str, groups: Sequence[str], bars: Mapping[str, Sequence[float]]) -> str:
    """Horizontal bars: for each group, one of every name with its value of that group."""
    row, left, gap = 20, 190, 26
    height = TOP + len(groups) * (gap + row * len(bars)) + 10
    scale = (WIDTH - left - 70) / max(max(values) for values in bars.values())
    parts = [text(WIDTH / 2, 20, title, "middle", 15)]
    y = TOP
    for number, group in enumerate(groups):
        parts.append(text(left, y + 14, group, size=13))
        y += gap
        for name, values in bars.items():
            width = values[number] * scale
            parts += [
                text(left - 8, y + 12, name, "end"),
                f'<rect x="{left}" y="{y}" width="{width:.1f}" height="15" fill="#06c"/>',
                text(left + width + 6, y + 12, f"{values[number]:,.0f}"),
            ]
            y += row
    return svg(parts, height)


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    """A line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def svg(parts: Sequence[str], height: int = HEIGHT) -> str:
    """The whole picture."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif">\n<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )
