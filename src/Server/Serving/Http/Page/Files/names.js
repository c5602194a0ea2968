import { lines, json } from "./api.js";
import { el, table, bytes, time, age, duration, problem } from "./dom.js";
import { chart } from "./charts.js";

// A few weeks of a check, a policy and a prune each night.
const shown = 50;

export async function names() {
  const [{ found, errors }, late, done] = await Promise.all([lines("snapshots"), lines("late").catch(untold), duties()]);
  const byName = Map.groupBy(found, snapshot => snapshot.name), troubles = new Map(late.found.map(one => [one.name, one]));
  const rows = [...byName].map(([name, snapshots]) => ({ name, snapshots, last: snapshots.at(-1), late: troubles.get(name) }));
  rows.sort((one, other) => Boolean(other.late) - Boolean(one.late) || (one.name < other.name ? -1 : 1));
  return [
    el("h1", {}, "What is kept"),
    ...[...errors, ...late.errors].map(problem),
    ...late.found.filter(one => !byName.has(one.name)).map(one => problem(`${one.name} was never put${one.message ? `: ${one.message}` : ""}`)),
    rows.length === 0 ? el("p", { class: "quiet" }, "Nothing yet: tar c /etc | streamback put web1/etc") : table(`${rows.length} names, ${found.length} snapshots; times are UTC`, [
      ["Name", "name", row => [el("a", { href: `#/n/${row.name}` }, row.name), row.late?.due ? el("span", { class: "badge warn", title: `Due ${time(row.late.due)}` }, "late") : null, row.late?.failed ? el("span", { class: "badge warn", title: row.late.message }, "failed") : null]],
      ["Last", "time", row => [time(row.last.time), el("span", { class: "quiet" }, ` ${age(row.last.received)} ago`)]],
      ["Size", "number", row => bytes(row.last.length)],
      ["New", "number", row => bytes(row.last.storedBytes)],
      ["Snapshots", "number wide", row => row.snapshots.length],
    ], rows, row => row.late ? "late" : null),
    growth(found),
    done,
  ];
}

// One list that cannot be had takes nothing from the others.
function untold(error) {
  return { found: [], errors: [error.message] };
}

// What came of checks, prunes and policies, for who may know.
async function duties() {
  const { capabilities, prefixes } = await json("repository");
  if (!capabilities.includes("maintain") || prefixes.length > 0) return null;
  const { found, errors } = await lines("checks").catch(untold);
  if (found.length + errors.length === 0) return null;
  return el("section", {},
    el("h2", {}, "Looked after"),
    ...errors.map(problem),
    table(`The last ${Math.min(found.length, shown)} times; times are UTC`, [
      ["What", "name", one => [one.duty, one.outcome === "done" ? null : el("span", { class: "badge warn" }, one.outcome)]],
      ["When", "time", one => [time(one.began), el("span", { class: "quiet" }, ` by ${one.by}`)]],
      ["Took", "number wide", one => duration(one.seconds)],
      ["Came of it", "text", one => one.message],
    ], found.slice(0, shown), one => one.outcome === "done" ? null : "late"));
}

// All of it, in the order in which it came.
export function growth(snapshots) {
  const known = snapshots.filter(snapshot => snapshot.storedBytes !== undefined).sort((one, other) => Date.parse(one.received) - Date.parse(other.received));
  if (known.length < 2) return null;
  let stored = 0, length = 0;
  const sums = known.map(snapshot => ({ at: Date.parse(snapshot.received), stored: stored += snapshot.storedBytes, length: length += snapshot.length }));
  const times = known.filter(snapshot => snapshot.seconds !== undefined).map(snapshot => ({ at: Date.parse(snapshot.received), value: snapshot.seconds, label: `${snapshot.name} ${time(snapshot.time)}: ${duration(snapshot.seconds)}` }));
  return el("section", {},
    el("h2", {}, "Growth"),
    el("div", { class: "charts" },
      chart("Stored", sums.map(sum => ({ at: sum.at, value: sum.stored })), { curve: true }),
      chart("Saved, of all that was put", sums.map(sum => ({ at: sum.at, value: sum.length === 0 ? 0 : 100 * Math.max(0, 1 - sum.stored / sum.length) })), { curve: true, unit: value => `${value.toFixed(1)} %` }),
      chart("Stored by each put", known.map(snapshot => ({ at: Date.parse(snapshot.received), value: snapshot.storedBytes, label: `${snapshot.name} ${time(snapshot.time)}: ${bytes(snapshot.storedBytes)}` }))),
      chart("Time that each put took", times, { unit: duration })));
}
