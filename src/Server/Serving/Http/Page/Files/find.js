import { lines, encodePath } from "./api.js";
import { el, table, bytes, time, problem } from "./dom.js";

const words = { added: "added", removed: "removed", contents: "contents changed", metadata: "only metadata changed", type: "another type before" };

// More than these nobody reads.
const most = 500;

export async function find(pattern, name) {
  const { found, errors } = await lines(`find?pattern=${encodeURIComponent(pattern)}${name ? `&name=${encodeURIComponent(name)}` : ""}`);
  const key = one => `${one.name}: ${one.member.pathBytes ?? one.member.path}`;
  return [
    el("h1", {}, `Found: ${pattern}${name ? ` in ${name}` : ""}`),
    ...errors.map(problem),
    new Set(found.map(key)).size > most ? problem(`The first ${most} paths are shown: give a pattern that fits fewer`) : null,
    found.length === 0 ? el("p", { class: "quiet" }, "Nothing. * stands for any letters but /, ** for any at all; with a / it is the whole path that must fit") : null,
    ...[...Map.groupBy(found, key)].slice(0, most).map(([, spans]) => el("section", {},
      el("h2", {}, `${spans[0].name}: ${spans[0].member.path}`),
      table(`${spans.length} versions, the newest first; times are UTC`, [
        ["In the snapshot of", "time", one => el("a", { href: `#/s/${one.name}@${one.newest.id}/${encodePath(one.member)}` }, time(one.newest.time))],
        ["Back to", "time", one => one.snapshots > 1 ? `${time(one.oldest.time)} (${one.snapshots})` : "only this one"],
        ["Size", "number", one => bytes(one.member.size)],
        ["Changed", "time wide", one => time(one.member.time)],
        ["There", "wide", one => [words[one.change] ?? "", one.goneIn ? `${one.change ? ", " : ""}gone in that of ${time(one.goneIn.time)}` : ""].join("")],
      ], spans))),
  ];
}
