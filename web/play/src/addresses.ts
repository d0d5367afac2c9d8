import type { Transport } from "crosspeer";

/** The address of the session on the server that the page came from. */
export function ownAddress(transport: Transport, page: { protocol: string; host: string }): string {
	const secure = page.protocol === "https:" ? "wss:" : "ws:";
	const host = page.host || "localhost:8080";
	return transport === "webrtc" ? `rtc+${secure}//${host}/rtc` : `${secure}//${host}/ws`;
}

/** What an address that somebody wrote asks for. */
export function transportOf(address: string): Transport {
	return /^\s*rtc\+/i.test(address) ? "webrtc" : "websocket";
}
