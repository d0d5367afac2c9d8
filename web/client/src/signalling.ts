/**
 * The messages that introduce this page to the server: those of Godot's
 * webrtc_signaling demo for Godot 4, each a JSON object of a type, the id of a
 * peer, and text. The lobby is the server's session, and the server is peer 1.
 */
const Type = { join: 0, id: 1, peerConnect: 2, peerDisconnect: 3, offer: 4, answer: 5, candidate: 6, seal: 7 } as const;

/** The lobby that stands for the server's session. */
const LOBBY = "session";

/** What says that this page wants the framing of WebSocket peers on its channels. */
const FRAMING = ["framing", "websocket"] as const;

/** The longest message, in characters: a description with many candidates has a few thousand. */
const MAX_MESSAGE = 65_536;

/** What the server says that a page has a use for. */
export type FromServer =
	/** This page is let in. The STUN and TURN servers may help it. */
	| { type: "welcome"; iceServers: RTCIceServer[] }
	/** The server is there: an offer may be made. */
	| { type: "server" }
	/** The answer to this page's offer. */
	| { type: "answer"; sdp: string }
	/** A way to the server. */
	| { type: "candidate"; candidate: RTCIceCandidateInit }
	/** Something that a page has no use for. */
	| { type: "other" };

/** The URL of the signalling as it is asked for. */
export function signallingURL(url: URL): URL {
	const asked = new URL(url);
	asked.searchParams.set(...FRAMING);
	return asked;
}

/** Asks to be let in. */
export function joinSignal(): string {
	return signal(Type.join, LOBBY);
}

/** Offers a connection. */
export function offerSignal(sdp: string): string {
	return signal(Type.offer, sdp);
}

/** Tells of a way to this page. */
export function candidateSignal({ sdpMid, sdpMLineIndex, candidate }: RTCIceCandidateInit): string {
	return signal(Type.candidate, `\n${sdpMid ?? "0"}\n${sdpMLineIndex ?? 0}\n${candidate}`);
}

function signal(type: number, data: string): string {
	return JSON.stringify({ type, id: 1, data });
}

/** A message of the server's; null if it is none. */
export function parseSignal(message: unknown): FromServer | null {
	if (typeof message !== "string" || message.length > MAX_MESSAGE) {
		return null;
	}
	let m: unknown;
	try {
		m = JSON.parse(message);
	} catch {
		return null;
	}
	if (!isObject(m)) {
		return null;
	}
	const data = typeof m.data === "string" ? m.data : "";
	switch (m.type) {
		case Type.id:
			return { type: "welcome", iceServers: iceServers(m.iceServers) };
		case Type.peerConnect:
			return { type: m.id === 1 ? "server" : "other" };
		case Type.answer:
			return { type: "answer", sdp: data };
		case Type.candidate:
			return candidate(data);
		case Type.join:
		case Type.peerDisconnect:
		case Type.seal:
			return { type: "other" };
		default:
			return null;
	}
}

function isObject(v: unknown): v is Record<string, unknown> {
	return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** The STUN and TURN servers that make sense; the others are left out. */
function iceServers(v: unknown): RTCIceServer[] {
	const found: RTCIceServer[] = [];
	for (const s of Array.isArray(v) ? v.slice(0, 16) : []) {
		if (!isObject(s)) {
			continue;
		}
		const urls = (Array.isArray(s.urls) ? s.urls : [s.urls]).filter(
			(u): u is string => typeof u === "string" && /^(stun|turn)s?:./i.test(u),
		);
		if (urls.length > 0) {
			found.push({
				urls,
				...(typeof s.username === "string" ? { username: s.username } : {}),
				...(typeof s.credential === "string" ? { credential: s.credential } : {}),
			});
		}
	}
	return found;
}

/** A candidate from its three lines, in front of which may be an empty one. */
function candidate(data: string): FromServer | null {
	const [mid, index, text, ...rest] = data.replace(/^\n/, "").split("\n");
	if (mid === undefined || index === undefined || text === undefined || rest.length > 1 || !/^\d{1,4}$/.test(index)) {
		return null;
	}
	return text === ""
		? { type: "other" } // the last has come
		: { type: "candidate", candidate: { candidate: text, sdpMid: mid, sdpMLineIndex: Number(index) } };
}
