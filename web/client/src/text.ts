/** The bytes of the reason that fit into a WebSocket close frame. */
const MAX_REASON_BYTES = 123;

/** The words, cut to what fits into a close frame. */
export function closeReason(words: string): string {
	const bytes = new TextEncoder().encode(words);
	if (bytes.length <= MAX_REASON_BYTES) {
		return words;
	}
	let end = MAX_REASON_BYTES;
	while (end > 0 && (bytes[end]! & 0xc0) === 0x80) {
		end--; // not inside a character
	}
	return new TextDecoder().decode(bytes.subarray(0, end));
}

/** A reason as it came, without the zero byte that Godot puts behind it. */
export function receivedReason(words: string): string {
	return words.replace(/\0+$/, "");
}
