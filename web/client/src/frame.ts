import { TARGET_SERVER } from "./targets.js";

/** Bytes in front of every message. */
export const HEADER_SIZE = 9;

/**
 * What a message is. Add, remove and id are notices from the server, with the
 * id of a peer. Goodbye is said over WebRTC only, with words, by who leaves.
 */
export const Kind = { data: 0, add: 1, remove: 2, id: 3, goodbye: 4 } as const;

/**
 * The header of Godot 3.2's WebSocketMultiplayerPeer, the numbers little-endian:
 *
 *     offset size
 *     0      1    kind
 *     1      4    source
 *     5      4    target: 0 all, id, or -id for all but that one
 *     9           data, or in a notice 4 bytes of id
 */
export interface Frame {
	kind: number;
	source: number;
	target: number;
	payload: Uint8Array;
}

/** A message's frame, with the message's own bytes; null if it is too short. */
export function parseFrame(message: Uint8Array): Frame | null {
	if (message.length < HEADER_SIZE) {
		return null;
	}
	const view = viewOf(message);
	return {
		kind: view.getUint8(0),
		source: view.getInt32(1, true),
		target: view.getInt32(5, true),
		payload: message.subarray(HEADER_SIZE),
	};
}

/** A whole data message. */
export function dataFrame(source: number, target: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
	const message = new Uint8Array(HEADER_SIZE + data.length);
	const view = viewOf(message);
	view.setUint8(0, Kind.data);
	view.setInt32(1, source, true);
	view.setInt32(5, target, true);
	message.set(data, HEADER_SIZE);
	return message;
}

/** A whole notice. */
export function noticeFrame(kind: number, id: number): Uint8Array<ArrayBuffer> {
	const payload = new Uint8Array(4);
	viewOf(payload).setInt32(0, id, true);
	const message = dataFrame(TARGET_SERVER, 0, payload);
	message[0] = kind;
	return message;
}

/** The id in a notice; null if it is too short. Bytes behind it are ignored. */
export function noticeId(payload: Uint8Array): number | null {
	return payload.length < 4 ? null : viewOf(payload).getInt32(0, true);
}

function viewOf(b: Uint8Array): DataView {
	return new DataView(b.buffer, b.byteOffset, b.byteLength);
}
