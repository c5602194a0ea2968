import { svg, el, bytes, time } from "./dom.js";

const width = 400, height = 150, left = 62, bottom = 18, top = 8;

// Values over time, each { at: milliseconds, value, label }: a bar each, or a curve that goes through them.
export function chart(caption, points, { curve = false, unit = bytes } = {}) {
  if (points.length === 0) return null;
  const [first, last, most] = points.reduce(([first, last, most], { at, value }) => [Math.min(first, at), Math.max(last, at), Math.max(most, value)], [Infinity, -Infinity, 1]);
  const x = at => left + (last === first ? 0.5 : (at - first) / (last - first)) * (width - left - 12);
  const y = value => top + (1 - value / most) * (height - top - bottom);
  const drawn = curve ? line(points, x, y) : points.map(point => svg("rect", { class: "bar", x: x(point.at) - 2, y: y(point.value), width: 4, height: Math.max(1, height - bottom - y(point.value)) }, svg("title", {}, point.label)));
  const day = at => new Date(at).toISOString().slice(0, 10);
  return el("figure", {},
    svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${caption}: ${unit(points.at(-1).value)} at ${time(new Date(last).toISOString())}, at most ${unit(most)}` },
      svg("line", { class: "axis", x1: left, y1: height - bottom, x2: width, y2: height - bottom }),
      svg("line", { class: "axis", x1: left, y1: top, x2: left, y2: height - bottom }),
      svg("text", { x: left - 6, y: top + 8, "text-anchor": "end" }, unit(most)),
      svg("text", { x: left - 6, y: height - bottom, "text-anchor": "end" }, unit(0)),
      svg("text", { x: left, y: height - 4 }, day(first)),
      day(first) === day(last) ? null : svg("text", { x: width - 2, y: height - 4, "text-anchor": "end" }, day(last)),
      drawn),
    el("figcaption", {}, caption));
}

function line(points, x, y) {
  const path = points.map(point => `${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`).join(" L ");
  return [
    svg("path", { class: "area", d: `M ${x(points[0].at)} ${height - bottom} L ${path} L ${x(points.at(-1).at)} ${height - bottom} Z` }),
    svg("path", { class: "curve", d: `M ${path}` }),
  ];
}
