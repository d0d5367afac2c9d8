import { ConnectError } from "./errors.js";
import type { Transport } from "./types.js";

/** Where to connect to. */
export interface Address {
	transport: Transport;
	/** The ws: or wss: URL: of the session, or of the signalling. */
	url: URL;
}

/**
 * Takes a URL apart. Relative ones, and those of http: and https:, are taken
 * for a WebSocket of the page's own kind.
 */
export function parseURL(input: string | URL, page: { href: string; protocol: string } | undefined): Address {
	const text = String(input).trim();
	const rtc = /^rtc\+(?=wss?:)/i.test(text);
	let url: URL;
	try {
		url = new URL(rtc ? text.slice("rtc+".length) : text, page?.href);
	} catch {
		throw badURL(text);
	}
	if (!rtc && /^https?:$/.test(url.protocol)) {
		url.protocol = url.protocol.replace("http", "ws");
	}
	if (!/^wss?:$/.test(url.protocol) || url.hostname === "") {
		throw badURL(text);
	}
	url.hash = ""; // WebSocket refuses one
	if (page?.protocol === "https:" && url.protocol === "ws:" && !isLoopback(url.hostname)) {
		throw new ConnectError(
			"insecure",
			`a page from https: may not connect to ${url.protocol}//${url.host}`,
			"Use wss: (the server's --tls-cert and --tls-key, or a proxy with TLS), or open the page over http:.",
		);
	}
	return { transport: rtc ? "webrtc" : "websocket", url };
}

function badURL(text: string): ConnectError {
	return new ConnectError(
		"bad-url",
		`"${text}" is no address of a session`,
		"Write ws://host:8080/ws or wss://host/ws for WebSocket, rtc+ws://host:8080/rtc or rtc+wss://host/rtc for WebRTC.",
	);
}

/** Whether browsers trust a host as they trust TLS. */
function isLoopback(host: string): boolean {
	return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/i.test(host);
}
