import { connect, ConnectError, SendError, type Connection, type Mode, type Transport } from "crosspeer";
import { ownAddress, transportOf } from "./addresses.js";
import { withRawCommand, type View } from "./bytes.js";
import { byId, chosen } from "./dom.js";
import { Echo, INTERVAL } from "./echo.js";
import { Log } from "./log.js";
import { Peers } from "./peers.js";

const joinForm = byId("join", HTMLFormElement);
const address = byId("address", HTMLInputElement);
const joinButton = byId("join-button", HTMLButtonElement);
const badge = byId("badge", HTMLElement);
const status = byId("status", HTMLElement);
const statusTitle = byId("status-title", HTMLElement);
const statusText = byId("status-text", HTMLElement);
const statusHint = byId("status-hint", HTMLElement);
const figures = byId("figures", HTMLElement);
const sendForm = byId("send", HTMLFormElement);
const sendFields = byId("send-fields", HTMLFieldSetElement);
const sendNote = byId("send-note", HTMLElement);
const text = byId("text", HTMLInputElement);
const target = byId("target", HTMLSelectElement);
const sendBytes = byId("send-bytes", HTMLInputElement);
const view = byId("view", HTMLSelectElement);
const nobody = byId("nobody", HTMLElement);
const count = byId("count", HTMLElement);
const measure = byId("measure", HTMLInputElement);

const log = new Log(byId("log", HTMLOListElement), byId("log-empty", HTMLElement), () => view.value as View);
const peers = new Peers(byId("peers", HTMLTableSectionElement), target, (n) => {
	nobody.hidden = n > 0;
	count.textContent = n === 0 ? "" : String(n);
});

/** The connection of now, and what belongs to it. */
let session: { connection: Connection; echo: Echo; serverRTT: number | undefined } | undefined;

type State = "idle" | "connecting" | "connected" | "ended" | "failed";

const titles: Record<State, string> = {
	idle: "Not connected",
	connecting: "Connecting …",
	connected: "Connected",
	ended: "Disconnected",
	failed: "Could not connect",
};

/** Shows where the page stands, and what can be tried. */
function show(state: State, words: string, hint = ""): void {
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
	for (const radio of joinForm.querySelectorAll<HTMLInputElement>("input[type=radio]")) {
		radio.disabled = active;
	}
	sendFields.disabled = state !== "connected";
	if (state !== "connected") {
		figures.textContent = "";
	}
}

function sentence(words: string): string {
	const s = words.charAt(0).toUpperCase() + words.slice(1);
	return /[.!?…]$/.test(s) ? s : `${s}.`;
}

function join(): void {
	let connection: Connection;
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
	const own = { connection, echo, serverRTT: undefined };
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

const names: Record<Transport, string> = { websocket: "WebSocket", webrtc: "WebRTC" };

const carries: Record<Transport, string> = {
	websocket: "A WebSocket carries every packet reliably, whatever its mode.",
	webrtc: "Each mode has a data channel of its own; unreliable packets may be lost.",
};

const idleWords = "Connect to join the session on this server.";

const idleHint =
	"WebSocket passes nearly every network. WebRTC can also send packets that do not wait for lost ones, as games want. " +
	"Both meet the same peers.";

function over(state: State, words: string, hint = ""): void {
	session = undefined;
	peers.clear();
	show(state, words, hint);
	note();
}

/** Says what is worth knowing about the mode that is chosen. */
function note(words?: string): void {
	sendNote.dataset.kind = words === undefined ? "hint" : "error";
	const mode = chosen(sendForm, "mode") || "reliable";
	const reliableOnly = session?.connection.reliableOnly ?? transportOf(address.value) === "websocket";
	sendNote.textContent =
		words ??
		(reliableOnly && mode !== "reliable"
			? `A WebSocket carries every packet reliably; this one will arrive as reliable.`
			: modeWords[mode as Mode]);
}

const modeWords: Record<Mode, string> = {
	reliable: "Arrives once and in order.",
	ordered: "May be lost; what was overtaken is dropped.",
	unreliable: "May be lost or arrive out of order.",
};

function send(): void {
	if (!session) {
		return;
	}
	const { connection } = session;
	const to = Number(target.value);
	const mode = chosen(sendForm, "mode") as Mode;
	let data: Uint8Array = new TextEncoder().encode(text.value);
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

function times(): void {
	peers.times((id) => (id === 1 ? session?.serverRTT : session?.echo.rtt(id)));
}

async function tick(): Promise<void> {
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
		address.value = ownAddress(event.target.value as Transport, location);
	}
	note();
});
address.addEventListener("input", () => {
	const radio = joinForm.querySelector<HTMLInputElement>(`input[value=${transportOf(address.value)}]`);
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

address.value = ownAddress(chosen(joinForm, "transport") as Transport, location);
show("idle", idleWords, idleHint);
note();
