/** How the log shows what a packet contains. */
export type View = "auto" | "text" | "hex";

/** The byte in front of what Godot's MultiplayerAPI.send_bytes sends. */
export const RAW_COMMAND = 4;

/** The bytes that the log shows of one packet. */
const SHOWN = 1024;

/** The bytes, with the byte in front that Godot games expect. */
export function withRawCommand(data: Uint8Array): Uint8Array {
	const out = new Uint8Array(data.length + 1);
	out[0] = RAW_COMMAND;
	out.set(data, 1);
	return out;
}

/** A packet's content as a line of the log. */
export function describe(data: Uint8Array, view: View): { text: string; note: string } {
	const raw = data.length > 1 && data[0] === RAW_COMMAND;
	const shown = data.subarray(0, SHOWN);
	const more = data.length > SHOWN ? " …" : "";
	if (view !== "hex") {
		const body = raw ? shown.subarray(1) : shown;
		const text = decode(body, view === "auto", more !== "");
		if (text !== null) {
			return { text: text + more, note: raw ? "send_bytes" : "" };
		}
	}
	return { text: hex(shown) + more, note: data.length === 0 ? "" : "hex" };
}

/** The bytes as UTF-8; null if they are not readable text and have to be. */
function decode(data: Uint8Array, readable: boolean, cut: boolean): string | null {
	try {
		// A cut text may end inside a character: stream leaves that out.
		const text = new TextDecoder("utf-8", { fatal: readable, ignoreBOM: true }).decode(data, { stream: cut });
		return readable && /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text) ? null : text;
	} catch {
		return null;
	}
}

/** "00 ff 10". */
export function hex(data: Uint8Array): string {
	return Array.from(data, (b) => b.toString(16).padStart(2, "0")).join(" ");
}

/** "1 byte", "12 bytes", "3.4 KiB". */
export function size(n: number): string {
	if (n === 1) {
		return "1 byte";
	}
	return n < 10_000 ? `${n} bytes` : n < 1 << 20 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`;
}
