// play/src/main.ts
import { connect, ConnectError, SendError } from "./crosspeer.js";

// play/src/addresses.ts
function ownAddress(transport, page) {
  const secure = page.protocol === "https:" ? "wss:" : "ws:";
  const host = page.host || "localhost:8080";
  return transport === "webrtc" ? `rtc+${secure}//${host}/rtc` : `${secure}//${host}/ws`;
}
function transportOf(address2) {
  return /^\s*rtc\+/i.test(address2) ? "webrtc" : "websocket";
}

// play/src/bytes.ts
var RAW_COMMAND = 4;
var SHOWN = 1024;
function withRawCommand(data) {
  const out = new Uint8Array(data.length + 1);
  out[0] = RAW_COMMAND;
  out.set(data, 1);
  return out;
}
function describe(data, view2) {
  const raw = data.length > 1 && data[0] === RAW_COMMAND;
  const shown = data.subarray(0, SHOWN);
  const more = data.length > SHOWN ? " …" : "";
  if (view2 !== "hex") {
    const body = raw ? shown.subarray(1) : shown;
    const text2 = decode(body, view2 === "auto", more !== "");
    if (text2 !== null) {
      return { text: text2 + more, note: raw ? "send_bytes" : "" };
    }
  }
  return { text: hex(shown) + more, note: data.length === 0 ? "" : "hex" };
}
function decode(data, readable, cut) {
  try {
    const text2 = new TextDecoder("utf-8", { fatal: readable, ignoreBOM: true }).decode(data, { stream: cut });
    return readable && /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text2) ? null : text2;
  } catch {
    return null;
  }
}
function hex(data) {
  return Array.from(data, (b) => b.toString(16).padStart(2, "0")).join(" ");
}
function size(n) {
  if (n === 1) {
    return "1 byte";
  }
  return n < 1e4 ? `${n} bytes` : n < 1 << 20 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`;
}

// play/src/dom.ts
function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new Error(`no ${type.name} #${id}`);
  }
  return found;
}
function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}
function chosen(form, name) {
  return String(new FormData(form).get(name) ?? "");
}
function peerName(id) {
  const name = make("span", "peer", id === 1 ? "server" : String(id));
  name.style.setProperty("--hue", String(Math.round(id * 137.508 % 360)));
  return name;
}

// play/src/echo.ts
var MAGIC = [255, 112, 108, 97, 121];
var QUESTION = 63;
var ANSWER = 33;
var SIZE = 10;
var INTERVAL = 2e3;
var TRIES = 3;
var PATIENCE = 6e3;
var GAP = 200;
var Echo = class {
  /** `now` is in milliseconds, `send` may throw. */
  constructor(send2, now) {
    this.send = send2;
    this.now = now;
  }
  send;
  now;
  #peers = /* @__PURE__ */ new Map();
  #number = 0;
  /** Peers come and go. */
  add(id) {
    this.#peers.set(id, { rtt: void 0, asked: void 0, unanswered: 0, answered: -Infinity });
  }
  remove(id) {
    this.#peers.delete(id);
  }
  /** The smoothed round-trip time to a peer in milliseconds; undefined if it does not answer. */
  rtt(id) {
    return this.#peers.get(id)?.rtt;
  }
  /** Asks every peer that may answer, and has no question to answer yet. To be called every INTERVAL. */
  ask() {
    for (const id of this.#peers.keys()) {
      this.askOne(id);
    }
  }
  /** Asks one peer, as ask does. */
  askOne(id) {
    const peer = this.#peers.get(id);
    if (!peer || peer.asked && this.now() - peer.asked.at < PATIENCE) {
      return;
    }
    if (peer.asked) {
      peer.asked = void 0;
      if (++peer.unanswered >= TRIES) {
        peer.rtt = void 0;
      }
    }
    if (peer.unanswered < TRIES) {
      this.#number = this.#number + 1 >>> 0;
      peer.asked = { number: this.#number, at: this.now() };
      this.#try(id, message(QUESTION, this.#number));
    }
  }
  /** Takes a packet that is a question or an answer; false if it is neither. */
  take(from, data) {
    if (data.length !== SIZE || MAGIC.some((b, i) => data[i] !== b)) {
      return false;
    }
    const kind = data[5];
    if (kind !== QUESTION && kind !== ANSWER) {
      return false;
    }
    const peer = this.#peers.get(from);
    const number = new DataView(data.buffer, data.byteOffset).getUint32(6, true);
    if (peer && kind === QUESTION) {
      peer.unanswered = Math.min(peer.unanswered, TRIES - 1);
      if (this.now() - peer.answered >= GAP) {
        peer.answered = this.now();
        this.#try(from, message(ANSWER, number));
      }
    } else if (peer?.asked?.number === number) {
      const rtt = this.now() - peer.asked.at;
      peer.rtt = peer.rtt === void 0 ? rtt : peer.rtt + (rtt - peer.rtt) / 4;
      peer.asked = void 0;
      peer.unanswered = 0;
    }
    return true;
  }
  #try(to, data) {
    try {
      this.send(to, data);
    } catch {
    }
  }
};
function message(kind, number) {
  const data = new Uint8Array(SIZE);
  data.set([...MAGIC, kind]);
  new DataView(data.buffer).setUint32(6, number, true);
  return data;
}

// play/src/log.ts
var KEPT = 500;
var Log = class {
  #list;
  #empty;
  #view;
  #entries = [];
  #fresh = [];
  #drawing = false;
  constructor(list, empty, view2) {
    this.#list = list;
    this.#empty = empty;
    this.#view = view2;
  }
  event(words, kind = "event") {
    this.#push({ at: /* @__PURE__ */ new Date(), words, kind });
  }
  packet(packet) {
    this.#push({ at: /* @__PURE__ */ new Date(), packet });
  }
  clear() {
    this.#entries = [];
    this.#fresh = [];
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }
  /** Shows everything anew, after the view has changed. */
  redraw() {
    this.#fresh = [...this.#entries, ...this.#fresh].slice(-KEPT);
    this.#entries = [];
    this.#list.replaceChildren();
    this.#draw();
  }
  #push(entry) {
    this.#fresh.push(entry);
    if (this.#fresh.length > 2 * KEPT) {
      this.#fresh = this.#fresh.slice(-KEPT);
    }
    if (!this.#drawing) {
      this.#drawing = true;
      requestAnimationFrame(() => this.#draw());
    }
  }
  #draw() {
    this.#drawing = false;
    const fresh = this.#fresh.slice(-KEPT);
    this.#fresh = [];
    this.#entries = [...this.#entries, ...fresh].slice(-KEPT);
    const box = this.#list.parentElement;
    const following = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
    this.#list.append(...fresh.map((entry) => this.#line(entry)));
    while (this.#list.childElementCount > KEPT) {
      this.#list.firstElementChild.remove();
    }
    this.#empty.hidden = this.#list.childElementCount > 0;
    if (following) {
      box.scrollTop = box.scrollHeight;
    }
  }
  #line(entry) {
    const time = make("time", "time", entry.at.toTimeString().slice(0, 8));
    time.dateTime = entry.at.toISOString();
    if ("words" in entry) {
      return make("li", `entry ${entry.kind}`, time, make("p", "words", entry.words));
    }
    const { from, to, mode, data, sent } = entry.packet;
    const { text: text2, note: note2 } = describe(data, this.#view());
    const route = make(
      "span",
      "route",
      sent ? "you" : peerName(from),
      make("span", "arrow", " → "),
      ...target(to)
    );
    const facts = make("span", "facts", [mode, size(data.length), note2].filter(Boolean).join(" · "));
    const content = make("p", note2 === "hex" ? "content hex" : "content", text2);
    if (data.length === 0) {
      content.append(make("em", "", "no bytes"));
    }
    return make("li", `entry packet ${sent ? "sent" : "received"}`, time, make("div", "head", route, facts), content);
  }
};
function target(to) {
  return to === 0 ? ["all"] : to > 0 ? [peerName(to)] : ["all but ", peerName(-to)];
}

// play/src/peers.ts
var Peers = class {
  #rows = /* @__PURE__ */ new Map();
  #body;
  #select;
  #only;
  #but;
  #changed;
  /** `changed` is told how many there are, without the server. */
  constructor(body, select, changed) {
    this.#body = body;
    this.#select = select;
    this.#changed = changed;
    this.#only = make("optgroup", "");
    this.#only.label = "Only";
    this.#but = make("optgroup", "");
    this.#but.label = "All but";
    select.append(option(0, "All"), this.#only, this.#but);
    this.#notify();
  }
  /** Shows a peer. */
  add(id) {
    this.#forget(id);
    const rtt = make("td", "rtt", "–");
    const choose = make("button", "quiet", "Send to");
    choose.type = "button";
    choose.setAttribute("aria-label", `Send to ${id === 1 ? "the server" : id}`);
    choose.addEventListener("click", () => {
      this.#select.value = String(id);
      document.getElementById("text")?.focus();
    });
    const head = make("th", "", peerName(id));
    head.scope = "row";
    const element = make("tr", "", head, rtt, make("td", "act", choose));
    this.#rows.set(id, { element, rtt });
    this.#body.insertBefore(element, this.#after(id));
    const before = (group, value) => [...group.children].find((o) => Math.abs(Number(o.value)) > Math.abs(value)) ?? null;
    const name = id === 1 ? "server (1)" : String(id);
    const chosen2 = this.#select.value;
    this.#only.insertBefore(option(id, `only ${name}`), before(this.#only, id));
    this.#but.insertBefore(option(-id, `all but ${name}`), before(this.#but, id));
    this.#select.value = chosen2;
    this.#notify();
  }
  /** Takes a peer away. It stays a target, marked, as long as it is the chosen one. */
  remove(id) {
    this.#rows.get(id)?.element.remove();
    this.#rows.delete(id);
    for (const o of this.#options(id)) {
      if (o.selected) {
        o.textContent += " (gone)";
      } else {
        o.remove();
      }
    }
    this.#notify();
  }
  /** Takes all away. */
  clear() {
    this.#rows.clear();
    this.#body.replaceChildren();
    this.#only.replaceChildren();
    this.#but.replaceChildren();
    this.#select.value = "0";
    this.#notify();
  }
  /** Shows round-trip times in milliseconds; undefined shows a dash. */
  times(rtt) {
    for (const [id, row] of this.#rows) {
      const ms = rtt(id);
      const words = ms === void 0 ? "–" : `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
      if (row.rtt.textContent !== words) {
        row.rtt.textContent = words;
      }
    }
  }
  #after(id) {
    const next = [...this.#rows.keys()].filter((other) => other > id).sort((a, b) => a - b)[0];
    return next === void 0 ? null : this.#rows.get(next).element;
  }
  #options(id) {
    return [...this.#select.options].filter((o) => o.value !== "0" && Math.abs(Number(o.value)) === id);
  }
  #forget(id) {
    for (const o of this.#options(id)) {
      o.remove();
    }
  }
  #notify() {
    this.#changed([...this.#rows.keys()].filter((id) => id !== 1).length);
  }
};
function option(value, text2) {
  return new Option(text2, String(value));
}

// play/src/main.ts
var joinForm = byId("join", HTMLFormElement);
var address = byId("address", HTMLInputElement);
var joinButton = byId("join-button", HTMLButtonElement);
var badge = byId("badge", HTMLElement);
var status = byId("status", HTMLElement);
var statusTitle = byId("status-title", HTMLElement);
var statusText = byId("status-text", HTMLElement);
var statusHint = byId("status-hint", HTMLElement);
var figures = byId("figures", HTMLElement);
var sendForm = byId("send", HTMLFormElement);
var sendFields = byId("send-fields", HTMLFieldSetElement);
var sendNote = byId("send-note", HTMLElement);
var text = byId("text", HTMLInputElement);
var target2 = byId("target", HTMLSelectElement);
var sendBytes = byId("send-bytes", HTMLInputElement);
var view = byId("view", HTMLSelectElement);
var nobody = byId("nobody", HTMLElement);
var count = byId("count", HTMLElement);
var measure = byId("measure", HTMLInputElement);
var log = new Log(byId("log", HTMLOListElement), byId("log-empty", HTMLElement), () => view.value);
var peers = new Peers(byId("peers", HTMLTableSectionElement), target2, (n) => {
  nobody.hidden = n > 0;
  count.textContent = n === 0 ? "" : String(n);
});
var session;
var titles = {
  idle: "Not connected",
  connecting: "Connecting …",
  connected: "Connected",
  ended: "Disconnected",
  failed: "Could not connect"
};
function show(state, words, hint = "") {
  document.body.dataset.state = state;
  status.dataset.state = state;
  statusTitle.textContent = titles[state];
  statusText.textContent = words;
  statusHint.textContent = hint;
  badge.textContent = state === "connected" ? `peer ${session?.connection.id}` : titles[state].replace(" …", "").toLowerCase();
  const active = state === "connecting" || state === "connected";
  joinButton.textContent = state === "connected" ? "Disconnect" : state === "connecting" ? "Give up" : "Connect";
  joinButton.classList.toggle("primary", !active);
  address.readOnly = active;
  for (const radio of joinForm.querySelectorAll("input[type=radio]")) {
    radio.disabled = active;
  }
  sendFields.disabled = state !== "connected";
  if (state !== "connected") {
    figures.textContent = "";
  }
}
function sentence(words) {
  const s = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(s) ? s : `${s}.`;
}
function join() {
  let connection;
  try {
    connection = connect(address.value);
  } catch (error) {
    if (!(error instanceof ConnectError)) {
      throw error;
    }
    show("failed", sentence(error.message), error.hint);
    log.event(`failed: ${error.message}`, "error");
    return;
  }
  const echo = new Echo((to, data) => connection.send({ to, data, mode: "unreliable" }), () => performance.now());
  const own = { connection, echo, serverRTT: void 0 };
  session = own;
  show("connecting", connection.transport === "webrtc" ? "Asking the server for a way through …" : "Waiting for the server …");
  log.event(`connecting to ${connection.url}`);
  connection.on("connected", ({ id }) => {
    show("connected", `You are peer ${id}, over ${names[connection.transport]}.`, carries[connection.transport]);
    void tick();
    log.event(`connected as peer ${id}`);
  });
  connection.on("peerConnected", ({ id }) => {
    peers.add(id);
    if (id !== 1) {
      echo.add(id);
      log.event(`peer ${id} is there`);
      if (measure.checked) {
        echo.askOne(id);
      }
    }
  });
  connection.on("peerDisconnected", ({ id }) => {
    peers.remove(id);
    echo.remove(id);
    log.event(`peer ${id} has gone`);
  });
  connection.on("packet", (packet) => {
    if (!echo.take(packet.from, packet.data)) {
      log.packet({ ...packet, sent: false });
    } else {
      times();
    }
  });
  connection.on("disconnected", ({ code, reason, by }) => {
    const local = by === "local";
    if (local) {
      over("idle", "You left the session.", idleHint);
    } else {
      over("ended", sentence(`${reason} (code ${code})`), "Connect again when the server is there; you will get another id.");
    }
    log.event(local ? "left the session" : `disconnected: ${reason} (code ${code})`, local ? "event" : "error");
  });
  connection.on("failed", (error) => {
    if (error.code === "aborted") {
      over("idle", idleWords, idleHint);
      log.event("gave up");
      return;
    }
    over("failed", sentence(error.message), error.hint);
    log.event(`failed: ${error.message}`, "error");
  });
}
var names = { websocket: "WebSocket", webrtc: "WebRTC" };
var carries = {
  websocket: "A WebSocket carries every packet reliably, whatever its mode.",
  webrtc: "Each mode has a data channel of its own; unreliable packets may be lost."
};
var idleWords = "Connect to join the session on this server.";
var idleHint = "WebSocket passes nearly every network. WebRTC can also send packets that do not wait for lost ones, as games want. Both meet the same peers.";
function over(state, words, hint = "") {
  session = void 0;
  peers.clear();
  show(state, words, hint);
  note();
}
function note(words) {
  sendNote.dataset.kind = words === void 0 ? "hint" : "error";
  const mode = chosen(sendForm, "mode") || "reliable";
  const reliableOnly = session?.connection.reliableOnly ?? transportOf(address.value) === "websocket";
  sendNote.textContent = words ?? (reliableOnly && mode !== "reliable" ? `A WebSocket carries every packet reliably; this one will arrive as reliable.` : modeWords[mode]);
}
var modeWords = {
  reliable: "Arrives once and in order.",
  ordered: "May be lost; what was overtaken is dropped.",
  unreliable: "May be lost or arrive out of order."
};
function send() {
  if (!session) {
    return;
  }
  const { connection } = session;
  const to = Number(target2.value);
  const mode = chosen(sendForm, "mode");
  let data = new TextEncoder().encode(text.value);
  if (sendBytes.checked) {
    data = withRawCommand(data);
  }
  try {
    connection.send({ to, mode, data });
  } catch (error) {
    if (!(error instanceof SendError)) {
      throw error;
    }
    note(`Not sent: ${error.message}.`);
    return;
  }
  log.packet({ from: connection.id, to, mode, data, sent: true });
  text.value = "";
  note();
}
function times() {
  peers.times((id) => id === 1 ? session?.serverRTT : session?.echo.rtt(id));
}
async function tick() {
  const own = session;
  if (own?.connection.status === "connected") {
    const stats = await own.connection.stats();
    if (session !== own) {
      return;
    }
    own.serverRTT = stats.rtt;
    figures.textContent = `Packets: ${stats.packetsSent} sent, ${stats.packetsReceived} received.`;
    if (measure.checked) {
      own.echo.ask();
    }
    times();
  }
}
joinForm.addEventListener("submit", (event) => {
  event.preventDefault();
  if (session) {
    session.connection.close("left the page's session");
  } else {
    join();
  }
});
joinForm.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "transport") {
    address.value = ownAddress(event.target.value, location);
  }
  note();
});
address.addEventListener("input", () => {
  const radio = joinForm.querySelector(`input[value=${transportOf(address.value)}]`);
  if (radio) {
    radio.checked = true;
  }
  note();
});
sendForm.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
sendForm.addEventListener("change", () => note());
view.addEventListener("change", () => log.redraw());
byId("clear", HTMLButtonElement).addEventListener("click", () => log.clear());
window.addEventListener("pagehide", () => session?.connection.close("the page was closed"));
setInterval(() => void tick(), INTERVAL);
address.value = ownAddress(chosen(joinForm, "transport"), location);
show("idle", idleWords, idleHint);
note();
