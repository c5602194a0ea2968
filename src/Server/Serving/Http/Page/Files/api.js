// Talks to the server that the page comes from. Who asks is known by a cookie that scripts cannot read.

const base = "/api/v1/";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(address, options = {}) {
  const response = await fetch(address.startsWith("/") ? address : base + address, { credentials: "same-origin", cache: "no-store", ...options });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Refused(response.status, told.message ?? `The server answers ${response.status}`);
}

export async function json(address) {
  return (await ask(address)).json();
}

export async function text(address, headers) {
  return (await ask(address, { headers })).text();
}

export async function head(address) {
  return (await ask(address, { method: "HEAD" })).headers;
}

// As many objects of a list as are read: a folder may have millions.
const most = 100_000;

// Objects, one a line; what the server could not look into is an error among them.
export async function lines(address) {
  const found = [], errors = [];
  for await (const line of split((await ask(address)).body)) {
    if (line.end) return { found, errors };
    if (line.error) errors.push(line.error.message);
    else found.push(line);
    if (found.length === most) return { found, errors: [...errors, `Only the first ${most} are looked at`] };
  }

  throw new Refused(500, errors.at(-1) ?? "The server's list breaks off");
}

// Whoever has seen enough leaves, and the rest is not sent.
async function* split(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const all = (rest + part.value).split("\n");
      rest = all.pop();
      for (const line of all) yield JSON.parse(line);
    }
  } finally {
    reader.cancel();
  }
}

export async function signIn(token) {
  await ask("sign-in", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

export async function signOut() {
  await ask("sign-out", { method: "POST" });
}

// An address that needs nothing but itself, for a minute.
export async function ticket(address) {
  return (await json(`ticket?for=${encodeURIComponent(address)}`)).url;
}

export function snapshotAddress(snapshot, part = "") {
  return `${base}snapshots/${snapshot.name}@${snapshot.id}${part}`;
}

// Also what a browser would encode by itself: a ticket is for an address letter by letter.
export function encode(piece) {
  return encodeURIComponent(piece).replace(/['()*!]/g, letter => "%" + letter.charCodeAt(0).toString(16).toUpperCase());
}

// A path as it stands in an address: its bytes, where it is no text.
export function encodePath(member) {
  if (!member.pathBytes) return member.path.split("/").map(encode).join("/");
  return Array.from(atob(member.pathBytes), letter => letter === "/" ? "/" : "%" + letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
