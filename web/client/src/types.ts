import type { ConnectError } from "./errors.js";

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
	connected: { id: number };
	/** A peer is there: the server first, then those who were there, then those who come. */
	peerConnected: { id: number };
	/** A peer has gone. */
	peerDisconnected: { id: number };
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
