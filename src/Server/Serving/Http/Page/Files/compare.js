import { json, lines } from "./api.js";
import { el, table, bytes, time, problem } from "./dom.js";

const signs = { added: "+", removed: "−", contents: "M", metadata: "U", type: "T" };
const words = { added: "added", removed: "removed", contents: "contents changed", metadata: "only metadata changed", type: "another type" };

export async function compare(name, from, to) {
  const [before, after] = await Promise.all([from, to].map(id => json(`snapshots/${name}@${id}/info`)));
  const { found, errors } = await lines(`diff?from=${name}@${from}&to=${name}@${to}`);
  const counts = Object.groupBy(found, change => change.change);
  return [
    el("h1", {}, `${name}: ${time(before.time)} → ${time(after.time)}`),
    ...errors.map(problem),
    el("p", {}, found.length === 0 ? "Nothing differs" : Object.keys(signs).filter(kind => counts[kind]).map(kind => `${counts[kind].length} ${words[kind]}`).join(", ")),
    found.length === 0 ? null : table(`${found.length} paths differ`, [
      ["", "", change => el("abbr", { title: words[change.change], class: change.change }, signs[change.change])],
      ["Path", "path", change => (change.to ?? change.from).path + ((change.to ?? change.from).type === "folder" ? "/" : "")],
      ["Before", "number wide", change => change.from ? bytes(change.from.size) : ""],
      ["After", "number", change => change.to ? bytes(change.to.size) : ""],
      ["In what", "wide", change => (change.fields ?? []).join(", ")],
    ], found),
  ];
}
