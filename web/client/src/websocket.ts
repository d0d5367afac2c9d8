import type { Carrier, Sink } from "./carrier.js";
import { ConnectError } from "./errors.js";
import { closeReason, receivedReason } from "./text.js";
import type { Disconnected, Mode, Options } from "./types.js";

/** How long a goodbye waits for the server's, in milliseconds. */
export const GOODBYE = 2000;

/** The largest message: Godot's and Crosspeer's largest packet with its header. */
const MAX_MESSAGE_BYTES = 33_554_424 + 9;

/** Messages over a WebSocket. All of them are reliable. */
export class WebSocketCarrier implements Carrier {
	readonly transport = "websocket";
	readonly maxMessageBytes = MAX_MESSAGE_BYTES;
	readonly #socket: WebSocket;
	readonly #url: URL;
	readonly #sink: Sink;
	#opened = false;
	#over = false;
	#goodbye: string | undefined;
	#patience: ReturnType<typeof setTimeout> | undefined;

	constructor(url: URL, options: Options, sink: Sink) {
		this.#url = url;
		this.#sink = sink;
		this.#socket = openSocket(url, options.protocols);
		this.#socket.onopen = () => (this.#opened = true);
		this.#socket.onmessage = (event) => this.#message(event.data);
		this.#socket.onclose = (event) => this.#closed(event.code, event.reason);
	}

	get bufferedAmount(): number {
		return this.#socket.bufferedAmount;
	}

	send(_mode: Mode, message: Uint8Array<ArrayBuffer>): void {
		this.#socket.send(message);
	}

	close(reason: string): void {
		if (this.#over || this.#goodbye !== undefined) {
			return;
		}
		this.#goodbye = reason;
		this.#socket.close(1000, closeReason(reason));
		this.#patience = setTimeout(() => this.#closed(1000, ""), GOODBYE);
	}

	waitsFor() {
		return this.#opened
			? {
					what: "the server opened a WebSocket but gave this page no id",
					hint: "Is it a multiplayer server? A Godot server must listen with gd_mp_api, and WebRTC needs rtc+ws: in front.",
				}
			: { what: `${this.#url.host} did not answer`, hint: "Check the host and the port, and whether a firewall is in between." };
	}

	async rtt(): Promise<undefined> {
		return undefined; // browsers answer pings but cannot send any
	}

	#message(data: unknown): void {
		if (this.#over || this.#goodbye !== undefined) {
			return;
		}
		if (data instanceof ArrayBuffer) {
			this.#sink.message(new Uint8Array(data), "reliable");
		} else {
			this.#sink.ignored();
		}
	}

	#closed(code: number, reason: string): void {
		if (this.#over) {
			return;
		}
		this.#over = true;
		clearTimeout(this.#patience);
		const end = this.#goodbye !== undefined ? goodbye(this.#goodbye) : closeEvent(code, reason);
		this.#sink.ended(end, this.#opened ? refused(end) : unreachable(this.#url));
	}
}

/** A socket for bytes. */
export function openSocket(url: URL, protocols: string[] = []): WebSocket {
	if (typeof WebSocket === "undefined") {
		throw new ConnectError("unsupported", "this browser has no WebSocket");
	}
	let socket: WebSocket;
	try {
		socket = new WebSocket(url.href, protocols);
	} catch (error) {
		throw new ConnectError("bad-url", `the browser refuses ${url.href}: ${error instanceof Error ? error.message : error}`);
	}
	socket.binaryType = "arraybuffer";
	return socket;
}

/** The end that this page asked for. */
export function goodbye(reason: string): Disconnected {
	return { code: 1000, reason, by: "local" };
}

/** The end that a close event tells of. */
export function closeEvent(code: number, reason: string): Disconnected {
	reason = receivedReason(reason);
	if (code === 1006) {
		return { code, reason: reason || "the connection was lost", by: "network" };
	}
	return { code, reason: reason || closeWords(code), by: "remote" };
}

/** What a code says where the server has no words. */
function closeWords(code: number): string {
	switch (code) {
		case 1000:
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

/** The error of a connection that the server closed before the session was joined. */
export function refused(end: Disconnected): ConnectError {
	if (end.by === "network") {
		return new ConnectError(
			"refused",
			"the connection was lost before the session was joined",
			"The server may be refusing new peers, or a proxy in between may not pass WebSocket on.",
			end.code,
			end.reason,
		);
	}
	return new ConnectError(
		"refused",
		`the server closed the connection: ${end.reason} (code ${end.code})`,
		end.code === 1013 ? "Try again later." : "",
		end.code,
		end.reason,
	);
}

/** The error of a WebSocket that did not come about. Browsers hide why. */
export function unreachable(url: URL): ConnectError {
	const origin = typeof location === "undefined" ? "this page" : location.origin;
	const tls =
		url.protocol === "wss:"
			? `that its certificate is trusted: open https://${url.host}/ in a tab to see.`
			: "that it does not want TLS (wss:).";
	return new ConnectError(
		"unreachable",
		`no WebSocket at ${url.href}`,
		`Browsers hide the cause. Check that the server runs at ${url.host}, that the path is right, that it admits pages of ${origin}, and ${tls}`,
		1006,
	);
}
