/**
 * A member of a Crosspeer session in a browser: the module connects a page over
 * WebSocket or WebRTC and speaks the protocol of Godot 3.2's multiplayer peers.
 *
 * @module
 */
import { Connection } from "./connection.js";
import type { Options } from "./types.js";
import { parseURL } from "./url.js";
import { RTCCarrier } from "./webrtc.js";
import { WebSocketCarrier } from "./websocket.js";

export type { Connection } from "./connection.js";
export { ConnectError, SendError } from "./errors.js";
export type { ConnectCode, SendCode } from "./errors.js";
export { allExcept, TARGET_ALL, TARGET_SERVER } from "./targets.js";
export type {
	Disconnected,
	Events,
	Mode,
	Options,
	Outgoing,
	Packet,
	Party,
	Stats,
	Status,
	Transport,
} from "./types.js";

/**
 * Joins a session: over WebSocket with ws: and wss:, over WebRTC with rtc+ws:
 * and rtc+wss:, whose rest is the URL of the server's signalling.
 *
 * It returns at once; add handlers before anything else runs, or await `ready`.
 * Throws a ConnectError for a URL that cannot be used.
 */
export function connect(url: string | URL, options: Options = {}): Connection {
	const page = typeof location === "undefined" ? undefined : location;
	const address = parseURL(url, page);
	const Carrier = address.transport === "webrtc" ? RTCCarrier : WebSocketCarrier;
	return new Connection(String(url), address.transport, (sink) => new Carrier(address.url, options, sink), options);
}
