import type { Carrier, Sink } from "./carrier.js";
import { Emitter } from "./emitter.js";
import { ConnectError, SendError } from "./errors.js";
import { dataFrame, HEADER_SIZE, Kind, noticeId, parseFrame } from "./frame.js";
import { isClientId, TARGET_ALL, TARGET_SERVER } from "./targets.js";
import type { Disconnected, Events, Mode, Options, Outgoing, Stats, Status, Transport } from "./types.js";

const MODES: readonly string[] = ["unreliable", "ordered", "reliable"];

/** The peers that a server can announce. */
const MAX_PEERS = 65_536;

/** What settles a promise of a connection. */
interface Settle {
	resolve: (self: Connection) => void;
	reject: (error: ConnectError) => void;
}

/** Opens what carries a connection. It calls the sink later, never at once. */
export type Opener = (sink: Sink) => Carrier;

/**
 * A member of a session, whose server is peer 1. `connect` makes it.
 *
 * Handlers run as things happen. After `disconnected` or `failed` nothing more
 * comes; for another try, connect again.
 */
export class Connection {
	/** The URL that was connected to. */
	readonly url: string;

	/** WebSocket or WebRTC. */
	readonly transport: Transport;

	/** Settles when the session is joined, or with the ConnectError. */
	readonly ready: Promise<this>;

	readonly #carrier: Carrier;
	readonly #events = new Emitter<Events>();
	readonly #peers = new Set<number>();
	readonly #maxBuffered: number;
	readonly #stopTimeout: () => void;
	readonly #settle: Settle;
	#status: Status = "connecting";
	#id = 0;
	#gaveUp: ConnectError | undefined;
	#closing: string | undefined;
	#counts = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, dropped: 0, ignored: 0 };

	/** @internal */
	constructor(url: string, transport: Transport, open: Opener, options: Options) {
		this.url = url;
		this.transport = transport;
		this.#maxBuffered = options.maxBufferedBytes ?? 8 << 20;
		let settle: Settle;
		this.ready = new Promise<this>((resolve, reject) => {
			settle = { resolve: resolve as (self: Connection) => void, reject };
		});
		this.#settle = settle!;
		this.ready.catch(() => undefined); // `failed` tells as well
		this.#carrier = open({
			message: (bytes, mode, channel) => this.#message(bytes, mode, channel),
			ignored: () => void this.#counts.ignored++,
			ended: (end, error) => this.#ended(end, error),
		});
		const timeout = options.timeout ?? 10_000;
		const timer = setTimeout(() => this.#timedOut(timeout), timeout);
		const abort = () => this.close("given up");
		options.signal?.addEventListener("abort", abort);
		this.#stopTimeout = () => clearTimeout(timer);
		if (options.signal) {
			const { signal } = options;
			this.#events.on("failed", () => signal.removeEventListener("abort", abort));
			this.#events.on("disconnected", () => signal.removeEventListener("abort", abort));
			if (signal.aborted) {
				queueMicrotask(abort);
			}
		}
	}

	/** "connecting", "connected" or "closed". */
	get status(): Status {
		return this.#status;
	}

	/** This page's id, given by the server: 2 to 2,147,483,647; 0 until it is known. */
	get id(): number {
		return this.#id;
	}

	/** The ids of the others, ascending; the server's is 1. */
	get peers(): number[] {
		return [...this.#peers].sort((a, b) => a - b);
	}

	/** Whether every packet travels as "reliable", whatever its mode: true over WebSocket. */
	get reliableOnly(): boolean {
		return this.transport === "websocket";
	}

	/** The largest packet, in bytes of the game. The server's limit may be lower. */
	get maxPacketBytes(): number {
		return this.#carrier.maxMessageBytes - HEADER_SIZE;
	}

	/** Bytes that wait to be sent. */
	get bufferedAmount(): number {
		return this.#carrier.bufferedAmount;
	}

	/** Adds a handler of an event. The function that it gives removes the handler. */
	on<K extends keyof Events>(type: K, handler: (event: Events[K]) => void): () => void {
		return this.#events.on(type, handler);
	}

	/**
	 * Sends a packet: to all (0), the server (1), one (id) or all but one
	 * (allExcept(id)), never to this page itself. It does not wait. Throws a
	 * SendError. An unreliable or ordered packet is dropped, and counted, where
	 * a reliable one would be "queue-full".
	 */
	send({ to = TARGET_ALL, mode = "reliable", data }: Outgoing): void {
		if (this.#status !== "connected" || this.#closing !== undefined) {
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
	close(reason = "goodbye"): void {
		if (this.#status === "closed" || this.#closing !== undefined) {
			return;
		}
		this.#closing = reason;
		this.#gaveUp ??= new ConnectError("aborted", `this page gave up: ${reason}`);
		this.#carrier.close(reason, this.#id);
	}

	/** Figures. The round-trip time is of the server, over WebRTC only. */
	async stats(): Promise<Stats> {
		const rtt = this.#status === "connected" ? await this.#carrier.rtt().catch(() => undefined) : undefined;
		return { transport: this.transport, ...(rtt === undefined ? {} : { rtt }), ...this.#counts };
	}

	#message(bytes: Uint8Array, mode: Mode, channel: number | undefined): void {
		const frame = this.#status === "closed" || this.#closing !== undefined ? null : parseFrame(bytes);
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
		// Over WebRTC an unreliable packet may overtake the notice of its sender.
		if (this.#status !== "connected" || !this.#peers.has(frame.source)) {
			this.#counts.ignored++;
			return;
		}
		this.#counts.packetsReceived++;
		this.#counts.bytesReceived += frame.payload.length;
		const packet = { from: frame.source, to: frame.target, mode, data: frame.payload };
		this.#events.emit("packet", channel === undefined ? packet : { ...packet, channel });
	}

	/** Takes a notice from the server; false if it makes no sense. */
	#notice(kind: number, id: number): boolean {
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

	#add(id: number): boolean {
		const valid = this.#id !== 0 && (id === TARGET_SERVER || (isClientId(id) && id !== this.#id));
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

	#timedOut(after: number): void {
		const { what, hint, code = "timeout" } = this.#carrier.waitsFor();
		this.#gaveUp ??= new ConnectError(code, `${what} within ${after / 1000} s`, hint);
		this.close("timed out");
	}

	#ended(end: Disconnected, error: ConnectError): void {
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
}

/** The bytes to send. */
function bytesOf(data: Outgoing["data"]): Uint8Array {
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

/** What a browser's own refusal to send means. */
function refusedByBrowser(error: unknown): SendError {
	const { name, message } = error instanceof Error ? error : new Error(String(error));
	return name === "InvalidStateError"
		? new SendError("not-connected", "the connection is ending")
		: new SendError("queue-full", message);
}
