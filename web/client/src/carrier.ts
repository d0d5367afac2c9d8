import type { ConnectCode, ConnectError } from "./errors.js";
import type { Disconnected, Mode, Transport } from "./types.js";

/** Carries whole messages between this page and a server. */
export interface Carrier {
	readonly transport: Transport;
	/** Bytes that wait to be sent. */
	readonly bufferedAmount: number;
	/** The largest message, in bytes. */
	readonly maxMessageBytes: number;
	/** Sends a message. Only called while the carrier is open. */
	send(mode: Mode, message: Uint8Array<ArrayBuffer>): void;
	/** Says goodbye, as the peer with an id. `ended` follows, whatever the server does. */
	close(reason: string, id: number): void;
	/** What joining waits for, for the error of a time-out. */
	waitsFor(): { what: string; hint: string; code?: ConnectCode };
	/** The round-trip time in milliseconds, if the browser knows it. */
	rtt(): Promise<number | undefined>;
}

/** What a carrier tells. */
export interface Sink {
	/** A message has arrived. Its bytes are the receiver's. */
	message(bytes: Uint8Array, mode: Mode, channel?: number): void;
	/** Something arrived that is no message. */
	ignored(): void;
	/**
	 * It is over; the last call. The error is for a session that had not been
	 * joined.
	 */
	ended(end: Disconnected, error: ConnectError): void;
}
