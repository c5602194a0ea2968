import { lines } from "./api.js";
import { el, table, bytes, time, age, problem } from "./dom.js";
import { chart } from "./charts.js";

// How many of the last times between two puts tell what is usual, and how much longer than that is late.
const looked = 10, patience = 2, grace = 3600_000;

// Whether a name has not been put for longer than usual.
export function isLate(snapshots, now = Date.now()) {
  const times = snapshots.map(snapshot => Date.parse(snapshot.received)).sort((one, other) => one - other);
  const gaps = times.slice(1).map((at, number) => at - times[number]).slice(-looked).sort((one, other) => one - other);
  return gaps.length >= 2 && now - times.at(-1) > patience * gaps[Math.floor(gaps.length / 2)] + grace;
}

export async function names() {
  const { found, errors } = await lines("snapshots");
  const byName = Map.groupBy(found, snapshot => snapshot.name);
  const rows = [...byName].map(([name, snapshots]) => ({ name, snapshots, last: snapshots.at(-1), late: isLate(snapshots) }));
  rows.sort((one, other) => other.late - one.late || (one.name < other.name ? -1 : 1));
  return [
    el("h1", {}, "What is kept"),
    ...errors.map(problem),
    rows.length === 0 ? el("p", { class: "quiet" }, "Nothing yet: tar c /etc | streamback put web1/etc") : table(`${rows.length} names, ${found.length} snapshots; times are UTC`, [
      ["Name", "name", row => [el("a", { href: `#/n/${row.name}` }, row.name), row.late ? el("span", { class: "badge warn" }, "late") : null]],
      ["Last", "time", row => [time(row.last.time), el("span", { class: "quiet" }, ` ${age(row.last.received)} ago`)]],
      ["Size", "number", row => bytes(row.last.length)],
      ["New", "number wide", row => bytes(row.last.storedBytes)],
      ["Snapshots", "number wide", row => row.snapshots.length],
    ], rows, row => row.late ? "late" : null),
    growth(found),
  ];
}

// All of it, in the order in which it came.
export function growth(snapshots) {
  const known = snapshots.filter(snapshot => snapshot.storedBytes !== undefined).sort((one, other) => Date.parse(one.received) - Date.parse(other.received));
  if (known.length < 2) return null;
  let stored = 0, length = 0;
  const sums = known.map(snapshot => ({ at: Date.parse(snapshot.received), stored: stored += snapshot.storedBytes, length: length += snapshot.length }));
  const times = known.map(snapshot => ({ at: Date.parse(snapshot.received), value: (Date.parse(snapshot.received) - Date.parse(snapshot.time)) / 1000, label: `${snapshot.name} ${time(snapshot.time)}` }))
    .filter(point => point.value >= 0 && point.value < 7 * 86400); // others were given a time of their own
  return el("section", {},
    el("h2", {}, "Growth"),
    el("div", { class: "charts" },
      chart("Stored", sums.map(sum => ({ at: sum.at, value: sum.stored })), { curve: true }),
      chart("Saved, of all that was put", sums.map(sum => ({ at: sum.at, value: sum.length === 0 ? 0 : 100 * Math.max(0, 1 - sum.stored / sum.length) })), { curve: true, unit: value => `${value.toFixed(1)} %` }),
      chart("Stored by each put", known.map(snapshot => ({ at: Date.parse(snapshot.received), value: snapshot.storedBytes, label: `${snapshot.name} ${time(snapshot.time)}: ${bytes(snapshot.storedBytes)}` }))),
      chart("Time that each put took", times, { unit: value => value < 120 ? `${value.toFixed(0)} s` : `${(value / 60).toFixed(0)} min` })));
}
