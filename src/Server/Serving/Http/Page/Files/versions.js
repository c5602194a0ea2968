import { lines } from "./api.js";
import { el, table, bytes, time, age, problem } from "./dom.js";
import { growth } from "./names.js";

// The snapshots of one name, and names below it.
export async function versions(name) {
  const { found, errors } = await lines(`snapshots?prefix=${encodeURIComponent(name)}`);
  const own = found.filter(snapshot => snapshot.name === name).reverse();
  const below = [...new Set(found.map(snapshot => snapshot.name).filter(other => other.startsWith(name + "/")))];
  const chosen = new Set(own.slice(0, 2).map(snapshot => snapshot.id));
  const compare = el("button", { type: "button", class: "main", disabled: own.length < 2, onclick: () => {
    const [later, earlier] = own.filter(snapshot => chosen.has(snapshot.id));
    location.hash = `#/d/${name}@${earlier.id}..${later.id}`;
  } }, "Compare the two that are ticked");
  const tick = snapshot => el("input", { type: "checkbox", "aria-label": `Compare ${time(snapshot.time)}`, checked: chosen.has(snapshot.id), onchange: event => {
    if (event.target.checked) chosen.add(snapshot.id);
    else chosen.delete(snapshot.id);
    compare.disabled = chosen.size !== 2;
  } });
  return [
    el("h1", {}, name),
    ...errors.map(problem),
    below.length > 0 ? el("p", {}, "Below it: ", below.flatMap((other, number) => [number > 0 ? ", " : "", el("a", { href: `#/n/${other}` }, other)])) : null,
    own.length === 0 && below.length === 0 ? problem(`No snapshot has the name '${name}'`) : null,
    own.length === 0 ? null : table(`${own.length} snapshots, the newest first; times are UTC`, [
      ["", "", tick],
      ["Time", "time", snapshot => [el("a", { href: `#/s/${name}@${snapshot.id}/` }, time(snapshot.time)), el("span", { class: "quiet narrow" }, ` ${age(snapshot.time)} ago`), ...labels(snapshot)]],
      ["Age", "time wide", snapshot => age(snapshot.time)],
      ["Size", "number", snapshot => bytes(snapshot.length)],
      ["New", "number", snapshot => bytes(snapshot.storedBytes)],
      ["Id", "wide", snapshot => el("code", {}, snapshot.id.slice(0, 8))],
    ], own),
    own.length > 1 ? el("div", { class: "row" }, compare) : null,
    growth(own),
  ];
}

export function labels(snapshot) {
  return [
    ...(snapshot.tags ?? []).map(tag => el("span", { class: "badge" }, tag)),
    ...(snapshot.marks ?? []).map(mark => el("span", { class: "badge warn" }, mark)),
  ];
}
