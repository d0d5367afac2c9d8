import type { Carrier, Sink } from "./carrier.js";
import { WebSocketCarrier } from "./websocket.js";
import type { Options } from "./types.js";
export class RTCCarrier extends WebSocketCarrier implements Carrier {
	constructor(url: URL, options: Options, sink: Sink) { super(url, options, sink); }
}
