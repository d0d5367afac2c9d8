import type { Carrier, Sink } from "./carrier.js";
import { ConnectError } from "./errors.js";
import { dataFrame, HEADER_SIZE, Kind } from "./frame.js";
import { candidateSignal, joinSignal, offerSignal, parseSignal, signallingURL, type FromServer } from "./signalling.js";
import { receivedReason } from "./text.js";
import type { Disconnected, Mode, Options } from "./types.js";
import { closeEvent, goodbye, GOODBYE, openSocket, refused, unreachable } from "./websocket.js";

/** The candidates that are kept until the answer is there. */
const MAX_CANDIDATES = 64;

/** The largest message that every browser takes in one piece. */
const MAX_MESSAGE_BYTES = 262_144;

/** The largest message to a server that does not say. RFC 8841. */
const DEFAULT_MESSAGE_BYTES = 65_536;

/**
 * The channels, one per mode, which both ends open by themselves. Godot 3.2,
 * WebRTCMultiplayer. How often something is sent again is each sender's own
 * choice: what is not reliable is sent once.
 */
const CHANNELS: { mode: Mode; id: number; ordered: boolean; maxRetransmits?: number }[] = [
	{ mode: "reliable", id: 1, ordered: true },
	{ mode: "ordered", id: 2, ordered: true, maxRetransmits: 0 },
	{ mode: "unreliable", id: 3, ordered: false, maxRetransmits: 0 },
];

/** What joining waits for. */
type Stage = "socket" | "welcome" | "server" | "answer" | "path" | "id";

/**
 * Messages over the data channels of a WebRTC connection, which is introduced
 * over a WebSocket. That is closed when the channels are open. Who leaves says
 * goodbye on the reliable channel, and the other end closes the connection.
 */
export class RTCCarrier implements Carrier {
	readonly transport = "webrtc";
	readonly #url: URL;
	readonly #options: Options;
	readonly #sink: Sink;
	readonly #socket: WebSocket;
	readonly #channels = new Map<Mode, RTCDataChannel>();
	readonly #early: RTCIceCandidateInit[] = [];
	#iceServers: RTCIceServer[] = [];
	#pc: RTCPeerConnection | undefined;
	readonly #unsent: string[] = [];
	#offered = false;
	#stage: Stage = "socket";
	#over = false;
	#goodbye: string | undefined;
	#patience: ReturnType<typeof setTimeout> | undefined;

	constructor(url: URL, options: Options, sink: Sink) {
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

	get bufferedAmount(): number {
		let sum = 0;
		for (const channel of this.#channels.values()) {
			sum += channel.bufferedAmount;
		}
		return sum;
	}

	get maxMessageBytes(): number {
		return Math.min(this.#pc?.sctp?.maxMessageSize || DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
	}

	send(mode: Mode, message: Uint8Array<ArrayBuffer>): void {
		this.#channels.get(mode)?.send(message);
	}

	close(reason: string, id: number): void {
		if (this.#over || this.#goodbye !== undefined) {
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
			// Too much waits already: the server will notice without words.
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
				return { ...noPath(), code: "ice" as const };
			case "id":
				return { what: "the server gave this page no id", hint: "" };
			default:
				return {
					what: `${host} opened a WebSocket but does no signalling`,
					hint: "Is the path that of the signalling, as /rtc? WebSocket without WebRTC needs no rtc+ in front.",
				};
		}
	}

	async rtt(): Promise<number | undefined> {
		const stats = await this.#pc?.getStats();
		let pair: string | undefined;
		stats?.forEach((s) => {
			if (s.type === "transport" && s.selectedCandidatePairId) {
				pair = s.selectedCandidatePairId;
			}
		});
		let rtt: number | undefined;
		stats?.forEach((s) => {
			// Firefox has no transport, and says which pair is selected.
			const chosen = pair === undefined ? s.selected || s.nominated : s.id === pair;
			if (s.type === "candidate-pair" && chosen && typeof s.currentRoundTripTime === "number") {
				rtt = s.currentRoundTripTime * 1000;
			}
		});
		return rtt;
	}

	/** Takes a message of the signalling. Those that make no sense are counted. */
	#signal(data: unknown): void {
		if (this.#over || this.#goodbye !== undefined) {
			return;
		}
		const message = parseSignal(data);
		if (message === null || !this.#take(message)) {
			this.#sink.ignored();
		}
	}

	#take(message: FromServer): boolean {
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

	async #offer(): Promise<void> {
		const pc = new RTCPeerConnection({
			iceServers: [...this.#iceServers, ...(this.#options.iceServers ?? [])],
			iceTransportPolicy: this.#options.iceTransportPolicy ?? "all",
		});
		this.#pc = pc;
		pc.onicecandidate = ({ candidate }) => {
			if (candidate?.candidate) {
				this.#later(candidateSignal(candidate.toJSON()));
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
	#later(message: string): void {
		if (this.#offered) {
			this.#tell(message);
		} else {
			this.#unsent.push(message);
		}
	}

	#openChannel(pc: RTCPeerConnection, mode: Mode, init: RTCDataChannelInit): void {
		const channel = pc.createDataChannel(mode, { ...init, negotiated: true });
		channel.binaryType = "arraybuffer";
		channel.onopen = () => this.#opened();
		channel.onmessage = ({ data }) => this.#message(data, mode, init.id);
		channel.onclose = () => this.#lost();
		this.#channels.set(mode, channel);
	}

	#opened(): void {
		this.#stage = "id";
		if ([...this.#channels.values()].every((channel) => channel.readyState === "open")) {
			this.#socket.close(1000);
		}
	}

	#message(data: unknown, mode: Mode, channel: number | undefined): void {
		if (this.#over || this.#goodbye !== undefined) {
			return;
		}
		if (!(data instanceof ArrayBuffer)) {
			this.#sink.ignored();
			return;
		}
		const bytes = new Uint8Array(data);
		if (mode === "reliable" && bytes[0] === Kind.goodbye && bytes.length >= HEADER_SIZE) {
			const reason = receivedReason(new TextDecoder().decode(bytes.subarray(HEADER_SIZE)));
			this.#end({ code: 1000, reason: reason || "the server closed the connection", by: "remote" });
			return;
		}
		this.#sink.message(bytes, mode, channel);
	}

	async #answered(pc: RTCPeerConnection, sdp: string): Promise<void> {
		await pc.setRemoteDescription({ type: "answer", sdp });
		for (const candidate of this.#early.splice(0)) {
			this.#add(pc, candidate);
		}
	}

	#candidate(candidate: RTCIceCandidateInit): boolean {
		if (this.#pc?.remoteDescription) {
			this.#add(this.#pc, candidate);
			return true;
		}
		if (this.#early.length >= MAX_CANDIDATES) {
			return false;
		}
		this.#early.push(candidate);
		return true;
	}

	/** One that the browser does not understand is no way through; others may be. */
	#add(pc: RTCPeerConnection, candidate: RTCIceCandidateInit): void {
		pc.addIceCandidate(candidate).catch(() => this.#sink.ignored());
	}

	#tell(message: string): void {
		if (this.#socket.readyState === WebSocket.OPEN) {
			this.#socket.send(message);
		}
	}

	#broken(what: string, error: unknown): void {
		const words = `${what}: ${error instanceof Error ? error.message : String(error)}`;
		this.#end({ code: 1002, reason: words, by: "local" }, new ConnectError("protocol", words));
	}

	/** Once there is a channel, the connection goes on without the signalling. */
	#socketClosed(code: number, reason: string): void {
		if (this.#stage !== "id") {
			const end = closeEvent(code, reason);
			this.#end(end, this.#stage === "socket" ? unreachable(this.#url) : refused(end));
		}
	}

	/** The connection has failed, or was closed: without words, if not by this page. */
	#lost(): void {
		if (this.#goodbye !== undefined) {
			this.#end(goodbye(this.#goodbye));
			return;
		}
		const { what, hint } = this.#stage === "id" ? { what: "the WebRTC connection was lost", hint: "" } : noPath();
		this.#end({ code: 1006, reason: what, by: "network" }, new ConnectError("ice", what, hint));
	}

	#end(end: Disconnected, error: ConnectError = refused(end)): void {
		if (this.#over) {
			return;
		}
		this.#over = true;
		clearTimeout(this.#patience);
		this.#socket.close();
		this.#pc?.close();
		this.#sink.ended(end, error);
	}
}

/** What to say when signalling worked and nothing else did. */
function noPath(): { what: string; hint: string } {
	return {
		what: "no path for WebRTC was found",
		hint:
			"The server was reached, but not over UDP. Does a firewall stop that, or does the server announce an address that this page cannot reach? " +
			"TURN helps; WebSocket needs neither.",
	};
}
