import { Refused, signIn, signOut } from "./api.js";
import { el, problem } from "./dom.js";
import { names } from "./names.js";
import { versions } from "./versions.js";
import { look } from "./folder.js";
import { compare } from "./compare.js";
import { find } from "./find.js";

const main = document.getElementById("main"), crumbs = document.getElementById("crumbs"), search = document.getElementById("search"), leave = document.getElementById("leave");
let shown = 0;

// #/ · #/n/NAME · #/s/NAME@ID/PATH · #/d/NAME@ID..ID · #/f/PATTERN/NAME; what is after s/ is percent-encoded as in an address.
function view(hash) {
  const [, kind = "", rest = ""] = hash.match(/^#\/(?:([nsdf])\/(.*))?$/s) ?? [];
  if (kind === "n") return { name: rest, draw: () => versions(rest) };
  if (kind === "f") {
    const [pattern, ...name] = rest.split("/");
    return { name: name.join("/"), draw: () => find(decodeURIComponent(pattern), name.join("/")) };
  }

  const [, name, id, path = "", to] = rest.match(/^([^@]*)@([0-9a-f]+)(?:\/(.*)|\.\.([0-9a-f]+))?$/s) ?? [];
  if (kind === "s" && name) return { name, id, path: path.replace(/\/+$/, ""), draw: () => look(`${name}@${id}`, path.replace(/\/+$/, "")) };
  if (kind === "d" && to) return { name, draw: () => compare(name, id, to) };
  return { draw: names };
}

async function show() {
  const turn = ++shown, at = view(location.hash);
  main.setAttribute("aria-busy", "true");
  let content;
  try {
    content = await at.draw();
    signedIn(true);
  } catch (error) {
    if (turn === shown && error instanceof Refused && error.status === 401) return signInForm();
    content = [problem(error.message)];
  }

  if (turn !== shown) return; // another one was asked for meanwhile
  trail(at);
  main.replaceChildren(...content.filter(part => part));
  main.removeAttribute("aria-busy");
  document.title = `${main.querySelector("h1")?.textContent ?? "StreamBack"} – StreamBack`;
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

// A link for every piece of the name and of the path.
function trail({ name = "", id, path = "" }) {
  const steps = [["StreamBack", "#/"]];
  name.split("/").filter(piece => piece).forEach((piece, number, pieces) => steps.push([piece, `#/n/${pieces.slice(0, number + 1).join("/")}`]));
  if (id) steps.push([`@${id.slice(0, 8)}`, `#/s/${name}@${id}/`]);
  path.split("/").filter(piece => piece).forEach((piece, number, pieces) => steps.push([legible(piece), `#/s/${name}@${id}/${pieces.slice(0, number + 1).join("/")}`]));
  crumbs.replaceChildren(...steps.flatMap(([title, href], number) => [
    number > 0 ? el("span", { class: "sign" }, "/") : "",
    el("a", { href, "aria-current": number === steps.length - 1 ? "page" : null }, title),
  ]));
  search.dataset.name = name;
}

function legible(piece) {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece; // no UTF-8
  }
}

function signedIn(is) {
  search.hidden = leave.hidden = !is;
}

function signInForm() {
  signedIn(false);
  trail({});
  const token = el("input", { id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
  const form = el("form", { onsubmit: async event => {
    event.preventDefault();
    try {
      await signIn(token.value.trim());
      token.value = "";
      await show();
    } catch (error) {
      form.querySelector(".problem")?.remove();
      form.append(problem(error.status === 401 ? "No token that is known" : error.message));
      token.select();
    }
  } },
    el("h1", {}, "Sign in"),
    el("p", { class: "quiet" }, "With a token that may get and list: streamback token add NAME --allow get,list. From streamback browse: begin it again, and open what it prints."),
    el("div", { class: "row" }, el("label", { for: "token" }, "Token"), token, el("button", { class: "main" }, "Sign in")));
  main.replaceChildren(form);
  main.removeAttribute("aria-busy");
  document.title = "Sign in – StreamBack";
  token.focus();
}

search.addEventListener("submit", event => {
  event.preventDefault();
  const pattern = document.getElementById("pattern").value.trim();
  if (pattern) location.hash = `#/f/${encodeURIComponent(pattern)}/${search.dataset.name ?? ""}`;
});

leave.addEventListener("click", () => signOut().then(signInForm, error => main.prepend(problem(error.message))));

// As on many pages: / goes to the search.
addEventListener("keydown", event => {
  if (event.key === "/" && !search.hidden && !["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("pattern").focus();
  }
});

addEventListener("hashchange", show);
show();
