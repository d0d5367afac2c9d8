// Crosspeer's browser client, built from web/client/src. MIT licence.
/** Why a connection was not made. */
export type ConnectCode = "bad-url" | "insecure" | "unsupported" | "unreachable" | "refused" | "protocol" | "ice" | "timeout" | "aborted";
/** A connection that was not made. */
export declare class ConnectError extends Error {
	readonly code: ConnectCode;
	/** What to check or to try. */
	readonly hint: string;
	/** The WebSocket close code, if there was one: 1006 when the browser hides it. */
	readonly closeCode?: number | undefined;
	/** The server's words, if there were any. */
	readonly closeReason?: string | undefined;
	readonly name = "ConnectError";
	constructor(code: ConnectCode, message: string, 
	/** What to check or to try. */
	hint?: string, 
	/** The WebSocket close code, if there was one: 1006 when the browser hides it. */
	closeCode?: number | undefined, 
	/** The server's words, if there were any. */
	closeReason?: string | undefined);
}
/** Why a packet was not sent. */
export type SendCode = "not-connected" | "bad-target" | "unknown-peer" | "bad-mode" | "too-large" | "queue-full";
/** A packet that was not sent. */
export declare class SendError extends Error {
	readonly code: SendCode;
	readonly name = "SendError";
	constructor(code: SendCode, message: string);
}
/**
 * How a packet travels. Unreliable ones may be lost or overtake each other; of
 * ordered ones, those that were overtaken are dropped; reliable ones arrive
 * once and in order.
 */
export type Mode = "unreliable" | "ordered" | "reliable";
/** What carries the packets. */
export type Transport = "websocket" | "webrtc";
/** Where a connection stands. */
export type Status = "connecting" | "connected" | "closed";
/** A packet to send. */
export interface Outgoing {
	/** 0 for all, 1 for the server, an id, or allExcept(id). Default 0. */
	to?: number;
	/** Default "reliable". */
	mode?: Mode;
	/** The bytes, which are copied; text is sent as UTF-8. */
	data: Uint8Array | ArrayBuffer | DataView | string;
}
/** A packet that arrived. */
export interface Packet {
	/** The sender, one of `peers`. */
	from: number;
	/** The target as the sender wrote it. */
	to: number;
	/** How it arrived: over WebSocket always "reliable". */
	mode: Mode;
	/** The data channel that it came on, over WebRTC: 1 reliable, 2 ordered, 3 unreliable. */
	channel?: number;
	/** The bytes. They belong to the receiver. */
	data: Uint8Array;
}
/** Who ended a connection. */
export type Party = "local" | "remote" | "network";
/** The end of a connection that had been made. */
export interface Disconnected {
	/** The WebSocket close code: 1000 for a goodbye, 1006 if the connection was lost. */
	code: number;
	/** What happened, in words. */
	reason: string;
	by: Party;
}
/** The events of a connection and what their handlers are given. */
export interface Events {
	/** The session is joined. `peerConnected` of the server comes before it. */
	connected: {
		id: number;
	};
	/** A peer is there: the server first, then those who were there, then those who come. */
	peerConnected: {
		id: number;
	};
	/** A peer has gone. */
	peerDisconnected: {
		id: number;
	};
	packet: Packet;
	/** The connection has ended. The last event. */
	disconnected: Disconnected;
	/** The connection was not made. The last event. */
	failed: ConnectError;
}
/** What can be chosen for a connection. */
export interface Options {
	/** How long joining may take, in milliseconds. Default 10,000. */
	timeout?: number;
	/** Gives up joining, or ends the connection. */
	signal?: AbortSignal;
	/** Bytes that may wait to be sent before `send` refuses. Default 8 MiB. */
	maxBufferedBytes?: number;
	/** WebSocket: sub-protocols to ask for. Default none, as Godot 3.2. */
	protocols?: string[];
	/** WebRTC: STUN and TURN servers, besides those that the server names. */
	iceServers?: RTCIceServer[];
	/** WebRTC: "relay" goes through TURN only. Default "all". */
	iceTransportPolicy?: RTCIceTransportPolicy;
}
/** Figures of a connection. */
export interface Stats {
	transport: Transport;
	/** The round-trip time to the server in milliseconds. Browsers tell it for WebRTC only. */
	rtt?: number;
	packetsSent: number;
	packetsReceived: number;
	/** Bytes of the game, without headers. */
	bytesSent: number;
	bytesReceived: number;
	/** Unreliable and ordered packets that were not sent because too much waited. */
	dropped: number;
	/** Messages that have no place in the protocol. */
	ignored: number;
}
/**
 * A member of a session, whose server is peer 1. `connect` makes it.
 *
 * Handlers run as things happen. After `disconnected` or `failed` nothing more
 * comes; for another try, connect again.
 */
export declare class Connection {
	#private;
	/** The URL that was connected to. */
	readonly url: string;
	/** WebSocket or WebRTC. */
	readonly transport: Transport;
	/** Settles when the session is joined, or with the ConnectError. */
	readonly ready: Promise<this>;
	/** "connecting", "connected" or "closed". */
	get status(): Status;
	/** This page's id, given by the server: 2 to 2,147,483,647; 0 until it is known. */
	get id(): number;
	/** The ids of the others, ascending; the server's is 1. */
	get peers(): number[];
	/** Whether every packet travels as "reliable", whatever its mode: true over WebSocket. */
	get reliableOnly(): boolean;
	/** The largest packet, in bytes of the game. The server's limit may be lower. */
	get maxPacketBytes(): number;
	/** Bytes that wait to be sent. */
	get bufferedAmount(): number;
	/** Adds a handler of an event. The function that it gives removes the handler. */
	on<K extends keyof Events>(type: K, handler: (event: Events[K]) => void): () => void;
	/**
	 * Sends a packet: to all (0), the server (1), one (id) or all but one
	 * (allExcept(id)), never to this page itself. It does not wait. Throws a
	 * SendError. An unreliable or ordered packet is dropped, and counted, where
	 * a reliable one would be "queue-full".
	 */
	send({ to, mode, data }: Outgoing): void;
	/**
	 * Says goodbye, with words for the server. `disconnected` follows, or
	 * `failed` if the session had not been joined.
	 */
	close(reason?: string): void;
	/** Figures. The round-trip time is of the server, over WebRTC only. */
	stats(): Promise<Stats>;
}
/** The target that is everybody but the sender. */
export declare const TARGET_ALL = 0;
/** The target, and the id, that is the server. */
export declare const TARGET_SERVER = 1;
/** The target that is everybody but one peer, and but the sender. */
export declare function allExcept(id: number): number;
/**
 * Joins a session: over WebSocket with ws: and wss:, over WebRTC with rtc+ws:
 * and rtc+wss:, whose rest is the URL of the server's signalling.
 *
 * It returns at once; add handlers before anything else runs, or await `ready`.
 * Throws a ConnectError for a URL that cannot be used.
 */
export declare function connect(url: string | URL, options?: Options): Connection;

export {};
