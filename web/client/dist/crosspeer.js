// Crosspeer's browser client, built from web/client/src. MIT licence.
// client/src/emitter.ts
var Emitter = class {
  #handlers = /* @__PURE__ */ new Map();
  /** Adds a handler; the function it gives removes it. */
  on(type, handler) {
    const set = this.#handlers.get(type) ?? /* @__PURE__ */ new Set();
    this.#handlers.set(type, set);
    const own = (event) => handler(event);
    set.add(own);
    return () => void set.delete(own);
  }
  /** Runs the handlers. One that throws is reported and stops no other. */
  emit(type, event) {
    for (const handler of [...this.#handlers.get(type) ?? []]) {
      try {
        handler(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
  /** Removes all handlers. */
  clear() {
    this.#handlers.clear();
  }
};

// client/src/errors.ts
var ConnectError = class extends Error {
  constructor(code, message, hint = "", closeCode, closeReason2) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.closeCode = closeCode;
    this.closeReason = closeReason2;
  }
  code;
  hint;
  closeCode;
  closeReason;
  name = "ConnectError";
};
var SendError = class extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
  code;
  name = "SendError";
};

// client/src/targets.ts
var TARGET_ALL = 0;
var TARGET_SERVER = 1;
var MAX_ID = 2147483647;
function allExcept(id) {
  return -Math.abs(id);
}
function isClientId(id) {
  return Number.isInteger(id) && id > TARGET_SERVER && id <= MAX_ID;
}

// client/src/frame.ts
var HEADER_SIZE = 9;
var Kind = { data: 0, add: 1, remove: 2, id: 3, goodbye: 4 };
function parseFrame(message) {
  if (message.length < HEADER_SIZE) {
    return null;
  }
  const view = viewOf(message);
  return {
    kind: view.getUint8(0),
    source: view.getInt32(1, true),
    target: view.getInt32(5, true),
    payload: message.subarray(HEADER_SIZE)
  };
}
function dataFrame(source, target, data) {
  const message = new Uint8Array(HEADER_SIZE + data.length);
  const view = viewOf(message);
  view.setUint8(0, Kind.data);
  view.setInt32(1, source, true);
  view.setInt32(5, target, true);
  message.set(data, HEADER_SIZE);
  return message;
}
function noticeId(payload) {
  return payload.length < 4 ? null : viewOf(payload).getInt32(0, true);
}
function viewOf(b) {
  return new DataView(b.buffer, b.byteOffset, b.byteLength);
}

// client/src/connection.ts
var MODES = ["unreliable", "ordered", "reliable"];
var MAX_PEERS = 65536;
var Connection = class {
  /** The URL that was connected to. */
  url;
  /** WebSocket or WebRTC. */
  transport;
  /** Settles when the session is joined, or with the ConnectError. */
  ready;
  #carrier;
  #events = new Emitter();
  #peers = /* @__PURE__ */ new Set();
  #maxBuffered;
  #stopTimeout;
  #settle;
  #status = "connecting";
  #id = 0;
  #gaveUp;
  #closing;
  #counts = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, dropped: 0, ignored: 0 };
  /** @internal */
  constructor(url, transport, open, options) {
    this.url = url;
    this.transport = transport;
    this.#maxBuffered = options.maxBufferedBytes ?? 8 << 20;
    let settle;
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settle = settle;
    this.ready.catch(() => void 0);
    this.#carrier = open({
      message: (bytes, mode, channel) => this.#message(bytes, mode, channel),
      ignored: () => void this.#counts.ignored++,
      ended: (end, error) => this.#ended(end, error)
    });
    const timeout = options.timeout ?? 1e4;
    const timer = setTimeout(() => this.#timedOut(timeout), timeout);
    const abort = () => this.close("given up");
    options.signal?.addEventListener("abort", abort);
    this.#stopTimeout = () => clearTimeout(timer);
    if (options.signal) {
      const { signal: signal2 } = options;
      this.#events.on("failed", () => signal2.removeEventListener("abort", abort));
      this.#events.on("disconnected", () => signal2.removeEventListener("abort", abort));
      if (signal2.aborted) {
        queueMicrotask(abort);
      }
    }
  }
  /** "connecting", "connected" or "closed". */
  get status() {
    return this.#status;
  }
  /** This page's id, given by the server: 2 to 2,147,483,647; 0 until it is known. */
  get id() {
    return this.#id;
  }
  /** The ids of the others, ascending; the server's is 1. */
  get peers() {
    return [...this.#peers].sort((a, b) => a - b);
  }
  /** Whether every packet travels as "reliable", whatever its mode: true over WebSocket. */
  get reliableOnly() {
    return this.transport === "websocket";
  }
  /** The largest packet, in bytes of the game. The server's limit may be lower. */
  get maxPacketBytes() {
    return this.#carrier.maxMessageBytes - HEADER_SIZE;
  }
  /** Bytes that wait to be sent. */
  get bufferedAmount() {
    return this.#carrier.bufferedAmount;
  }
  /** Adds a handler of an event. The function that it gives removes the handler. */
  on(type, handler) {
    return this.#events.on(type, handler);
  }
  /**
   * Sends a packet: to all (0), the server (1), one (id) or all but one
   * (allExcept(id)), never to this page itself. It does not wait. Throws a
   * SendError. An unreliable or ordered packet is dropped, and counted, where
   * a reliable one would be "queue-full".
   */
  send({ to = TARGET_ALL, mode = "reliable", data }) {
    if (this.#status !== "connected" || this.#closing !== void 0) {
      throw new SendError("not-connected", "this page is in no session");
    }
    if (!Number.isInteger(to) || (to | 0) !== to) {
      throw new SendError("bad-target", `target ${to}: want 0, 1, an id, or allExcept(id)`);
    }
    if (to !== TARGET_ALL && !this.#peers.has(Math.abs(to))) {
      throw new SendError("unknown-peer", `peer ${Math.abs(to)} is not in the session`);
    }
    if (!MODES.includes(mode)) {
      throw new SendError("bad-mode", `mode ${mode}: want unreliable, ordered or reliable`);
    }
    const bytes = bytesOf(data);
    if (bytes.length > this.maxPacketBytes) {
      throw new SendError("too-large", `${bytes.length} bytes, at most ${this.maxPacketBytes}`);
    }
    const waiting = this.bufferedAmount;
    if (waiting > 0 && waiting + bytes.length > this.#maxBuffered) {
      if (mode !== "reliable" && !this.reliableOnly) {
        this.#counts.dropped++;
        return;
      }
      throw new SendError("queue-full", `${waiting} bytes wait to be sent`);
    }
    try {
      this.#carrier.send(mode, dataFrame(this.#id, to, bytes));
    } catch (error) {
      throw refusedByBrowser(error);
    }
    this.#counts.packetsSent++;
    this.#counts.bytesSent += bytes.length;
  }
  /**
   * Says goodbye, with words for the server. `disconnected` follows, or
   * `failed` if the session had not been joined.
   */
  close(reason = "goodbye") {
    if (this.#status === "closed" || this.#closing !== void 0) {
      return;
    }
    this.#closing = reason;
    this.#gaveUp ??= new ConnectError("aborted", `this page gave up: ${reason}`);
    this.#carrier.close(reason, this.#id);
  }
  /** Figures. The round-trip time is of the server, over WebRTC only. */
  async stats() {
    const rtt = this.#status === "connected" ? await this.#carrier.rtt().catch(() => void 0) : void 0;
    return { transport: this.transport, ...rtt === void 0 ? {} : { rtt }, ...this.#counts };
  }
  #message(bytes, mode, channel) {
    const frame = this.#status === "closed" || this.#closing !== void 0 ? null : parseFrame(bytes);
    if (frame === null) {
      this.#counts.ignored++;
      return;
    }
    if (frame.kind !== Kind.data) {
      const id = noticeId(frame.payload);
      if (id === null || !this.#notice(frame.kind, id)) {
        this.#counts.ignored++;
      }
      return;
    }
    if (this.#status !== "connected" || !this.#peers.has(frame.source)) {
      this.#counts.ignored++;
      return;
    }
    this.#counts.packetsReceived++;
    this.#counts.bytesReceived += frame.payload.length;
    const packet = { from: frame.source, to: frame.target, mode, data: frame.payload };
    this.#events.emit("packet", channel === void 0 ? packet : { ...packet, channel });
  }
  /** Takes a notice from the server; false if it makes no sense. */
  #notice(kind, id) {
    switch (kind) {
      case Kind.id:
        if (this.#id !== 0 || !isClientId(id)) {
          return false;
        }
        this.#id = id;
        return true;
      case Kind.add:
        return this.#add(id);
      case Kind.remove:
        if (!isClientId(id) || !this.#peers.delete(id)) {
          return false;
        }
        this.#events.emit("peerDisconnected", { id });
        return true;
      default:
        return false;
    }
  }
  #add(id) {
    const valid = this.#id !== 0 && (id === TARGET_SERVER || isClientId(id) && id !== this.#id);
    if (!valid || this.#peers.has(id) || this.#peers.size >= MAX_PEERS) {
      return false;
    }
    this.#peers.add(id);
    const joined = id === TARGET_SERVER;
    if (joined) {
      this.#status = "connected";
      this.#stopTimeout();
    }
    this.#events.emit("peerConnected", { id });
    if (joined) {
      this.#events.emit("connected", { id: this.#id });
      this.#settle.resolve(this);
    }
    return true;
  }
  #timedOut(after) {
    const { what, hint, code = "timeout" } = this.#carrier.waitsFor();
    this.#gaveUp ??= new ConnectError(code, `${what} within ${after / 1e3} s`, hint);
    this.close("timed out");
  }
  #ended(end, error) {
    if (this.#status === "closed") {
      return;
    }
    const joined = this.#status === "connected";
    this.#status = "closed";
    this.#stopTimeout();
    this.#peers.clear();
    if (joined) {
      this.#events.emit("disconnected", end);
    } else {
      const why = this.#gaveUp ?? error;
      this.#events.emit("failed", why);
      this.#settle.reject(why);
    }
    this.#events.clear();
  }
};
function bytesOf(data) {
  if (typeof data === "string") {
    return new TextEncoder().encode(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  throw new TypeError("data: want bytes or text");
}
function refusedByBrowser(error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return name === "InvalidStateError" ? new SendError("not-connected", "the connection is ending") : new SendError("queue-full", message);
}

// client/src/url.ts
function parseURL(input, page) {
  const text = String(input).trim();
  const rtc = /^rtc\+(?=wss?:)/i.test(text);
  let url;
  try {
    url = new URL(rtc ? text.slice("rtc+".length) : text, page?.href);
  } catch {
    throw badURL(text);
  }
  if (!rtc && /^https?:$/.test(url.protocol)) {
    url.protocol = url.protocol.replace("http", "ws");
  }
  if (!/^wss?:$/.test(url.protocol) || url.hostname === "") {
    throw badURL(text);
  }
  url.hash = "";
  if (page?.protocol === "https:" && url.protocol === "ws:" && !isLoopback(url.hostname)) {
    throw new ConnectError(
      "insecure",
      `a page from https: may not connect to ${url.protocol}//${url.host}`,
      "Use wss: (the server's --tls-cert and --tls-key, or a proxy with TLS), or open the page over http:."
    );
  }
  return { transport: rtc ? "webrtc" : "websocket", url };
}
function badURL(text) {
  return new ConnectError(
    "bad-url",
    `"${text}" is no address of a session`,
    "Write ws://host:8080/ws or wss://host/ws for WebSocket, rtc+ws://host:8080/rtc or rtc+wss://host/rtc for WebRTC."
  );
}
function isLoopback(host) {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/i.test(host);
}

// client/src/signalling.ts
var Type = { join: 0, id: 1, peerConnect: 2, peerDisconnect: 3, offer: 4, answer: 5, candidate: 6, seal: 7 };
var LOBBY = "session";
var FRAMING = ["framing", "websocket"];
var MAX_MESSAGE = 65536;
function signallingURL(url) {
  const asked = new URL(url);
  asked.searchParams.set(...FRAMING);
  return asked;
}
function joinSignal() {
  return signal(Type.join, LOBBY);
}
function offerSignal(sdp) {
  return signal(Type.offer, sdp);
}
function candidateSignal({ sdpMid, sdpMLineIndex, candidate: candidate2 }) {
  return signal(Type.candidate, `
${sdpMid ?? "0"}
${sdpMLineIndex ?? 0}
${candidate2}`);
}
function signal(type, data) {
  return JSON.stringify({ type, id: 1, data });
}
function parseSignal(message) {
  if (typeof message !== "string" || message.length > MAX_MESSAGE) {
    return null;
  }
  let m;
  try {
    m = JSON.parse(message);
  } catch {
    return null;
  }
  if (!isObject(m)) {
    return null;
  }
  const data = typeof m.data === "string" ? m.data : "";
  switch (m.type) {
    case Type.id:
      return { type: "welcome", iceServers: iceServers(m.iceServers) };
    case Type.peerConnect:
      return { type: m.id === 1 ? "server" : "other" };
    case Type.answer:
      return { type: "answer", sdp: data };
    case Type.candidate:
      return candidate(data);
    case Type.join:
    case Type.peerDisconnect:
    case Type.seal:
      return { type: "other" };
    default:
      return null;
  }
}
function isObject(v) {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}
function iceServers(v) {
  const found = [];
  for (const s of Array.isArray(v) ? v.slice(0, 16) : []) {
    if (!isObject(s)) {
      continue;
    }
    const urls = (Array.isArray(s.urls) ? s.urls : [s.urls]).filter(
      (u) => typeof u === "string" && /^(stun|turn)s?:./i.test(u)
    );
    if (urls.length > 0) {
      found.push({
        urls,
        ...typeof s.username === "string" ? { username: s.username } : {},
        ...typeof s.credential === "string" ? { credential: s.credential } : {}
      });
    }
  }
  return found;
}
function candidate(data) {
  const [mid, index, text, ...rest] = data.replace(/^\n/, "").split("\n");
  if (mid === void 0 || index === void 0 || text === void 0 || rest.length > 1 || !/^\d{1,4}$/.test(index)) {
    return null;
  }
  return text === "" ? { type: "other" } : { type: "candidate", candidate: { candidate: text, sdpMid: mid, sdpMLineIndex: Number(index) } };
}

// client/src/text.ts
var MAX_REASON_BYTES = 123;
function closeReason(words) {
  const bytes = new TextEncoder().encode(words);
  if (bytes.length <= MAX_REASON_BYTES) {
    return words;
  }
  let end = MAX_REASON_BYTES;
  while (end > 0 && (bytes[end] & 192) === 128) {
    end--;
  }
  return new TextDecoder().decode(bytes.subarray(0, end));
}
function receivedReason(words) {
  return words.replace(/\0+$/, "");
}

// client/src/websocket.ts
var GOODBYE = 2e3;
var MAX_MESSAGE_BYTES = 33554424 + 9;
var WebSocketCarrier = class {
  transport = "websocket";
  maxMessageBytes = MAX_MESSAGE_BYTES;
  #socket;
  #url;
  #sink;
  #opened = false;
  #over = false;
  #goodbye;
  #patience;
  constructor(url, options, sink) {
    this.#url = url;
    this.#sink = sink;
    this.#socket = openSocket(url, options.protocols);
    this.#socket.onopen = () => this.#opened = true;
    this.#socket.onmessage = (event) => this.#message(event.data);
    this.#socket.onclose = (event) => this.#closed(event.code, event.reason);
  }
  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }
  send(_mode, message) {
    this.#socket.send(message);
  }
  close(reason) {
    if (this.#over || this.#goodbye !== void 0) {
      return;
    }
    this.#goodbye = reason;
    this.#socket.close(1e3, closeReason(reason));
    this.#patience = setTimeout(() => this.#closed(1e3, ""), GOODBYE);
  }
  waitsFor() {
    return this.#opened ? {
      what: "the server opened a WebSocket but gave this page no id",
      hint: "Is it a multiplayer server? A Godot server must listen with gd_mp_api, and WebRTC needs rtc+ws: in front."
    } : { what: `${this.#url.host} did not answer`, hint: "Check the host and the port, and whether a firewall is in between." };
  }
  async rtt() {
    return void 0;
  }
  #message(data) {
    if (this.#over || this.#goodbye !== void 0) {
      return;
    }
    if (data instanceof ArrayBuffer) {
      this.#sink.message(new Uint8Array(data), "reliable");
    } else {
      this.#sink.ignored();
    }
  }
  #closed(code, reason) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    clearTimeout(this.#patience);
    const end = this.#goodbye !== void 0 ? goodbye(this.#goodbye) : closeEvent(code, reason);
    this.#sink.ended(end, this.#opened ? refused(end) : unreachable(this.#url));
  }
};
function openSocket(url, protocols = []) {
  if (typeof WebSocket === "undefined") {
    throw new ConnectError("unsupported", "this browser has no WebSocket");
  }
  let socket;
  try {
    socket = new WebSocket(url.href, protocols);
  } catch (error) {
    throw new ConnectError("bad-url", `the browser refuses ${url.href}: ${error instanceof Error ? error.message : error}`);
  }
  socket.binaryType = "arraybuffer";
  return socket;
}
function goodbye(reason) {
  return { code: 1e3, reason, by: "local" };
}
function closeEvent(code, reason) {
  reason = receivedReason(reason);
  if (code === 1006) {
    return { code, reason: reason || "the connection was lost", by: "network" };
  }
  return { code, reason: reason || closeWords(code), by: "remote" };
}
function closeWords(code) {
  switch (code) {
    case 1e3:
      return "the server closed the connection";
    case 1001:
      return "the server is going away";
    case 1002:
    case 1003:
    case 1007:
      return "the server did not understand this page";
    case 1008:
      return "the server's rules forbid it";
    case 1009:
      return "a packet was larger than the server takes";
    case 1011:
      return "the server failed";
    case 1012:
      return "the server restarts";
    case 1013:
      return "the server has no room now";
    case 1005:
      return "the server closed the connection without a reason";
    default:
      return `the server closed the connection with code ${code}`;
  }
}
function refused(end) {
  if (end.by === "network") {
    return new ConnectError(
      "refused",
      "the connection was lost before the session was joined",
      "The server may be refusing new peers, or a proxy in between may not pass WebSocket on.",
      end.code,
      end.reason
    );
  }
  return new ConnectError(
    "refused",
    `the server closed the connection: ${end.reason} (code ${end.code})`,
    end.code === 1013 ? "Try again later." : "",
    end.code,
    end.reason
  );
}
function unreachable(url) {
  const origin = typeof location === "undefined" ? "this page" : location.origin;
  const tls = url.protocol === "wss:" ? `that its certificate is trusted: open https://${url.host}/ in a tab to see.` : "that it does not want TLS (wss:).";
  return new ConnectError(
    "unreachable",
    `no WebSocket at ${url.href}`,
    `Browsers hide the cause. Check that the server runs at ${url.host}, that the path is right, that it admits pages of ${origin}, and ${tls}`,
    1006
  );
}

// client/src/webrtc.ts
var MAX_CANDIDATES = 64;
var MAX_MESSAGE_BYTES2 = 262144;
var DEFAULT_MESSAGE_BYTES = 65536;
var CHANNELS = [
  { mode: "reliable", id: 1, ordered: true },
  { mode: "ordered", id: 2, ordered: true, maxRetransmits: 0 },
  { mode: "unreliable", id: 3, ordered: false, maxRetransmits: 0 }
];
var RTCCarrier = class {
  transport = "webrtc";
  #url;
  #options;
  #sink;
  #socket;
  #channels = /* @__PURE__ */ new Map();
  #early = [];
  #iceServers = [];
  #pc;
  #unsent = [];
  #offered = false;
  #stage = "socket";
  #over = false;
  #goodbye;
  #patience;
  constructor(url, options, sink) {
    if (typeof RTCPeerConnection === "undefined") {
      throw new ConnectError("unsupported", "this browser has no WebRTC", "Use WebSocket.");
    }
    this.#url = url;
    this.#options = options;
    this.#sink = sink;
    this.#socket = openSocket(signallingURL(url));
    this.#socket.onopen = () => {
      this.#stage = "welcome";
      this.#tell(joinSignal());
    };
    this.#socket.onmessage = (event) => this.#signal(event.data);
    this.#socket.onclose = (event) => this.#socketClosed(event.code, event.reason);
  }
  get bufferedAmount() {
    let sum = 0;
    for (const channel of this.#channels.values()) {
      sum += channel.bufferedAmount;
    }
    return sum;
  }
  get maxMessageBytes() {
    return Math.min(this.#pc?.sctp?.maxMessageSize || DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES2);
  }
  send(mode, message) {
    this.#channels.get(mode)?.send(message);
  }
  close(reason, id) {
    if (this.#over || this.#goodbye !== void 0) {
      return;
    }
    this.#goodbye = reason;
    const reliable = this.#channels.get("reliable");
    if (reliable?.readyState !== "open") {
      queueMicrotask(() => this.#end(goodbye(reason)));
      return;
    }
    const message = dataFrame(id, 0, new TextEncoder().encode(reason));
    message[0] = Kind.goodbye;
    try {
      reliable.send(message);
    } catch {
    }
    this.#patience = setTimeout(() => this.#end(goodbye(reason)), GOODBYE);
  }
  waitsFor() {
    const { host } = this.#url;
    switch (this.#stage) {
      case "socket":
        return { what: `${host} did not answer`, hint: "Check the host and the port, and whether a firewall is in between." };
      case "answer":
        return { what: `${host} did not answer this page's offer`, hint: "" };
      case "path":
        return { ...noPath(), code: "ice" };
      case "id":
        return { what: "the server gave this page no id", hint: "" };
      default:
        return {
          what: `${host} opened a WebSocket but does no signalling`,
          hint: "Is the path that of the signalling, as /rtc? WebSocket without WebRTC needs no rtc+ in front."
        };
    }
  }
  async rtt() {
    const stats = await this.#pc?.getStats();
    let pair;
    stats?.forEach((s) => {
      if (s.type === "transport" && s.selectedCandidatePairId) {
        pair = s.selectedCandidatePairId;
      }
    });
    let rtt;
    stats?.forEach((s) => {
      const chosen = pair === void 0 ? s.selected || s.nominated : s.id === pair;
      if (s.type === "candidate-pair" && chosen && typeof s.currentRoundTripTime === "number") {
        rtt = s.currentRoundTripTime * 1e3;
      }
    });
    return rtt;
  }
  /** Takes a message of the signalling. Those that make no sense are counted. */
  #signal(data) {
    if (this.#over || this.#goodbye !== void 0) {
      return;
    }
    const message = parseSignal(data);
    if (message === null || !this.#take(message)) {
      this.#sink.ignored();
    }
  }
  #take(message) {
    switch (message.type) {
      case "welcome":
        if (this.#stage !== "welcome") {
          return false;
        }
        this.#iceServers = message.iceServers;
        this.#stage = "server";
        return true;
      case "server":
        if (this.#stage !== "server") {
          return false;
        }
        this.#stage = "answer";
        this.#offer().catch((error) => this.#broken("this page could make no offer", error));
        return true;
      case "answer":
        if (this.#stage !== "answer" || this.#pc?.signalingState !== "have-local-offer") {
          return false;
        }
        this.#stage = "path";
        this.#answered(this.#pc, message.sdp).catch((error) => this.#broken("the server's answer makes no sense", error));
        return true;
      case "candidate":
        return this.#candidate(message.candidate);
      case "other":
        return true;
    }
  }
  async #offer() {
    const pc = new RTCPeerConnection({
      iceServers: [...this.#iceServers, ...this.#options.iceServers ?? []],
      iceTransportPolicy: this.#options.iceTransportPolicy ?? "all"
    });
    this.#pc = pc;
    pc.onicecandidate = ({ candidate: candidate2 }) => {
      if (candidate2?.candidate) {
        this.#later(candidateSignal(candidate2.toJSON()));
      }
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "failed") {
        this.#lost();
      }
    };
    for (const { mode, ...init } of CHANNELS) {
      this.#openChannel(pc, mode, init);
    }
    const offer = await pc.createOffer();
    await pc.setLocalDescription(offer);
    this.#tell(offerSignal(offer.sdp ?? ""));
    this.#offered = true;
    this.#unsent.splice(0).forEach((message) => this.#tell(message));
  }
  /** Tells of a candidate, which may be found before the offer is out. */
  #later(message) {
    if (this.#offered) {
      this.#tell(message);
    } else {
      this.#unsent.push(message);
    }
  }
  #openChannel(pc, mode, init) {
    const channel = pc.createDataChannel(mode, { ...init, negotiated: true });
    channel.binaryType = "arraybuffer";
    channel.onopen = () => this.#opened();
    channel.onmessage = ({ data }) => this.#message(data, mode, init.id);
    channel.onclose = () => this.#lost();
    this.#channels.set(mode, channel);
  }
  #opened() {
    this.#stage = "id";
    if ([...this.#channels.values()].every((channel) => channel.readyState === "open")) {
      this.#socket.close(1e3);
    }
  }
  #message(data, mode, channel) {
    if (this.#over || this.#goodbye !== void 0) {
      return;
    }
    if (!(data instanceof ArrayBuffer)) {
      this.#sink.ignored();
      return;
    }
    const bytes = new Uint8Array(data);
    if (mode === "reliable" && bytes[0] === Kind.goodbye && bytes.length >= HEADER_SIZE) {
      const reason = receivedReason(new TextDecoder().decode(bytes.subarray(HEADER_SIZE)));
      this.#end({ code: 1e3, reason: reason || "the server closed the connection", by: "remote" });
      return;
    }
    this.#sink.message(bytes, mode, channel);
  }
  async #answered(pc, sdp) {
    await pc.setRemoteDescription({ type: "answer", sdp });
    for (const candidate2 of this.#early.splice(0)) {
      this.#add(pc, candidate2);
    }
  }
  #candidate(candidate2) {
    if (this.#pc?.remoteDescription) {
      this.#add(this.#pc, candidate2);
      return true;
    }
    if (this.#early.length >= MAX_CANDIDATES) {
      return false;
    }
    this.#early.push(candidate2);
    return true;
  }
  /** One that the browser does not understand is no way through; others may be. */
  #add(pc, candidate2) {
    pc.addIceCandidate(candidate2).catch(() => this.#sink.ignored());
  }
  #tell(message) {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(message);
    }
  }
  #broken(what, error) {
    const words = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    this.#end({ code: 1002, reason: words, by: "local" }, new ConnectError("protocol", words));
  }
  /** Once there is a channel, the connection goes on without the signalling. */
  #socketClosed(code, reason) {
    if (this.#stage !== "id") {
      const end = closeEvent(code, reason);
      this.#end(end, this.#stage === "socket" ? unreachable(this.#url) : refused(end));
    }
  }
  /** The connection has failed, or was closed: without words, if not by this page. */
  #lost() {
    if (this.#goodbye !== void 0) {
      this.#end(goodbye(this.#goodbye));
      return;
    }
    const { what, hint } = this.#stage === "id" ? { what: "the WebRTC connection was lost", hint: "" } : noPath();
    this.#end({ code: 1006, reason: what, by: "network" }, new ConnectError("ice", what, hint));
  }
  #end(end, error = refused(end)) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    clearTimeout(this.#patience);
    this.#socket.close();
    this.#pc?.close();
    this.#sink.ended(end, error);
  }
};
function noPath() {
  return {
    what: "no path for WebRTC was found",
    hint: "The server was reached, but not over UDP. Does a firewall stop that, or does the server announce an address that this page cannot reach? TURN helps; WebSocket needs neither."
  };
}

// client/src/index.ts
function connect(url, options = {}) {
  const page = typeof location === "undefined" ? void 0 : location;
  const address = parseURL(url, page);
  const Carrier = address.transport === "webrtc" ? RTCCarrier : WebSocketCarrier;
  return new Connection(String(url), address.transport, (sink) => new Carrier(address.url, options, sink), options);
}
export {
  ConnectError,
  SendError,
  TARGET_ALL,
  TARGET_SERVER,
  allExcept,
  connect
};
