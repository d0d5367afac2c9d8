/** Why a connection was not made. */
export type ConnectCode =
	| "bad-url" // the URL is not one of ws:, wss:, rtc+ws:, rtc+wss:
	| "insecure" // a page from https: may not use ws:
	| "unsupported" // the browser lacks WebSocket or WebRTC
	| "unreachable" // no WebSocket came about; browsers do not say why
	| "refused" // the server closed the connection before the session was joined
	| "protocol" // the server speaks something else
	| "ice" // signalling worked, but no path for WebRTC was found
	| "timeout"
	| "aborted"; // this page gave up

/** A connection that was not made. */
export class ConnectError extends Error {
	override readonly name = "ConnectError";

	constructor(
		readonly code: ConnectCode,
		message: string,
		/** What to check or to try. */
		readonly hint = "",
		/** The WebSocket close code, if there was one: 1006 when the browser hides it. */
		readonly closeCode?: number,
		/** The server's words, if there were any. */
		readonly closeReason?: string,
	) {
		super(message);
	}
}

/** Why a packet was not sent. */
export type SendCode =
	| "not-connected"
	| "bad-target" // not a whole number of 32 bits
	| "unknown-peer"
	| "bad-mode"
	| "too-large"
	| "queue-full"; // too much waits to be sent; see bufferedAmount

/** A packet that was not sent. */
export class SendError extends Error {
	override readonly name = "SendError";

	constructor(
		readonly code: SendCode,
		message: string,
	) {
		super(message);
	}
}
