// Makes elements. Whatever comes from a tar or a server is text, never markup.

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat())
    if (child !== null && child !== undefined) element.append(child);
  return element;
}

// More rows than these nobody reads, and a browser shows slowly.
const most = 5000;

// A table: columns are [title, class, cell], and rows whatever the cells are made of.
export function table(caption, columns, rows, rowClass = () => null) {
  return el("table", {},
    el("caption", {}, rows.length > most ? `${caption}: the first ${most} are shown` : caption),
    el("thead", {}, el("tr", {}, columns.map(([title, kind]) => el("th", { scope: "col", class: kind }, title)))),
    el("tbody", {}, rows.slice(0, most).map(row => el("tr", { class: rowClass(row) }, columns.map(([, kind, cell]) => el("td", { class: kind }, cell(row)))))));
}

export function problem(text) {
  return el("p", { class: "problem", role: "alert" }, text);
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(count) {
  if (count === undefined || count === null) return "";
  let unit = 0;
  for (; count >= 1000 && unit < units.length - 1; unit++) count /= 1024;
  return `${unit === 0 || count >= 100 ? count.toFixed(0) : count.toPrecision(3)} ${units[unit]}`;
}

// 2026-11-20 12:00 in UTC, as everywhere in StreamBack.
export function time(text) {
  return text ? text.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "Z") : "";
}

export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 120 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${(seconds / 60).toFixed(0)} min`;
}

export function age(text) {
  const minutes = (Date.now() - Date.parse(text)) / 60000;
  if (minutes < 90) return `${Math.max(0, Math.round(minutes))} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
