import { json, lines, text, head, ticket, snapshotAddress, encodePath } from "./api.js";
import { el, table, bytes, time, problem } from "./dom.js";
import { labels } from "./versions.js";

// As much of a text as is shown.
const shown = 64 << 10;

// Bytes of a pattern that the server takes.
const longestPattern = 1024;

// What is at a path of a snapshot: a folder's list, or a file's facts and a look into it.
export async function look(selector, path) {
  const snapshot = await json(`snapshots/${selector}/info`).catch(error => {
    if (error.status !== 403) throw error;
    const [name, id] = selector.split("@"); // who may get and not list
    return { name, id, tags: [], marks: [] };
  });
  const self = await lines(snapshotAddress(snapshot, `/catalog?depth=0&path=${path}`));
  const member = self.found.at(-1) ?? { path: "", type: "folder" };
  const title = member.path.split("/").at(-1) || `${snapshot.name} ${time(snapshot.time)}`;
  return [
    el("h1", {}, title, ...labels(snapshot)),
    ...self.errors.map(problem),
    ...await (member.type === "folder" ? folder(snapshot, member, path) : file(snapshot, member, path)),
  ];
}

async function folder(snapshot, member, path) {
  const { found, errors } = await lines(snapshotAddress(snapshot, `/catalog?path=${path}`));
  const isTar = snapshot.kind !== "raw";
  const order = entry => entry.type === "folder" ? 0 : 1;
  found.sort((one, other) => order(one) - order(other) || (one.path < other.path ? -1 : 1));
  return [
    ...errors.map(problem),
    el("div", { class: "row" },
      isTar ? download("Download as tar", snapshotAddress(snapshot, path ? `?path=${path}` : ""), path ? "" : `${snapshot.name.replaceAll("/", "-")}.tar`) : null,
      isTar ? download("Download as zip", snapshotAddress(snapshot, `/zip?path=${path}`)) : null,
      el("a", { href: `#/n/${snapshot.name}` }, "Other versions")),
    found.length === 0 ? el("p", { class: "quiet" }, "Nothing is in it") : table(`${found.length} here; times are UTC`, [
      ["Name", "path", entry => [el("a", { href: `#/s/${snapshot.name}@${snapshot.id}/${encodePath(entry)}` }, entry.path.split("/").at(-1) + (entry.type === "folder" ? "/" : "")), kind(entry)]],
      ["Size", "number", entry => entry.type === "file" ? bytes(entry.size) : ""],
      ["Changed", "time", entry => time(entry.time)],
      ["Mode", "wide", entry => entry.mode ? el("code", {}, entry.mode) : ""],
      ["Owner", "wide", entry => entry.mode ? `${entry.user ?? entry.uid}:${entry.group ?? entry.gid}` : ""],
    ], found),
  ];
}

function kind(entry) {
  if (entry.type === "symlink") return el("span", { class: "quiet" }, ` → ${entry.link}`);
  if (entry.type === "hardlink") return el("span", { class: "quiet" }, ` = ${entry.link}`);
  return ["file", "folder"].includes(entry.type) ? null : el("span", { class: "badge" }, entry.type);
}

async function file(snapshot, member, path) {
  const address = snapshotAddress(snapshot, `/member?path=${path}`);
  const facts = el("dl", {}, [
    ["Size", bytes(member.size)], ["Changed", `${time(member.time)} UTC`], ["Mode", member.mode], ["Owner", `${member.user ?? member.uid}:${member.group ?? member.gid}`],
    ["Type", member.type], ["Target", member.link], ["In", `${snapshot.name}@${snapshot.id.slice(0, 8)}`],
  ].filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  // Bytes that are no letters are any.
  const pattern = "/" + literal(member.path).replace(/\ufffd+/g, "*");
  const history = new TextEncoder().encode(pattern).length > longestPattern ? null : el("a", { href: `#/f/${encodeURIComponent(pattern)}/${snapshot.name}` }, "When it changed");
  if (!["file", "hardlink"].includes(member.type)) return history ? [facts, history] : [facts];
  return [
    el("div", { class: "row" }, download("Download", address), member.type === "file" && snapshot.kind !== "raw" ? download("As tar", snapshotAddress(snapshot, `?path=${path}`)) : null, history),
    facts,
    await preview(address).catch(error => problem(error.message)),
  ];
}

// The server says what it is: what a file calls itself is anybody's.
async function preview(address) {
  const headers = await head(address);
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("image/")) return el("img", { class: "preview", src: address, alt: "The picture" });
  if (!type.startsWith("text/plain")) return el("p", { class: "quiet" }, "It is neither text nor a picture that is shown here");
  const length = Number(headers.get("content-length"));
  const begin = length === 0 ? "" : await text(address, { Range: `bytes=0-${Math.min(length, shown) - 1}` });
  return el("section", {}, el("h2", {}, length > shown ? `The first ${bytes(shown)}` : "Contents"), el("pre", { tabindex: 0 }, begin));
}

// A link that works without the cookie, for a minute: made when it is asked for.
function download(title, address, name = "") {
  return el("button", { type: "button", onclick: async event => {
    const button = event.currentTarget;
    try {
      const link = el("a", { href: await ticket(address), download: name });
      document.body.append(link);
      link.click();
      link.remove();
    } catch (error) {
      button.after(problem(error.message));
    }
  } }, title);
}

// A pattern that fits this path alone.
function literal(path) {
  return path.replace(/[\\*?[]/g, "\\$&");
}
