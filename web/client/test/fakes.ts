/** Stands for the browser's WebSocket; the test plays the server. */
export class FakeSocket {
	static readonly CONNECTING = 0;
	static readonly OPEN = 1;
	static readonly CLOSING = 2;
	static readonly CLOSED = 3;
	static all: FakeSocket[] = [];

	readyState = FakeSocket.CONNECTING;
	binaryType = "blob";
	bufferedAmount = 0;
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: ((event: { code: number; reason: string }) => void) | null = null;
	readonly sent: unknown[] = [];
	readonly closes: { code?: number | undefined; reason?: string | undefined }[] = [];

	constructor(
		readonly url: string,
		readonly protocols: string[],
	) {
		FakeSocket.all.push(this);
	}

	send(data: unknown): void {
		this.sent.push(data);
	}

	close(code?: number, reason?: string): void {
		if (this.readyState < FakeSocket.CLOSING) {
			this.readyState = FakeSocket.CLOSING;
			this.closes.push({ code, reason });
		}
	}

	opened(): void {
		this.readyState = FakeSocket.OPEN;
		this.onopen?.();
	}

	closed(code: number, reason = ""): void {
		this.readyState = FakeSocket.CLOSED;
		this.onclose?.({ code, reason });
	}

	says(data: unknown): void {
		this.onmessage?.({ data });
	}
}

/** Stands for a data channel. */
export class FakeChannel {
	readyState = "connecting";
	binaryType = "blob";
	bufferedAmount = 0;
	onopen: (() => void) | null = null;
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: (() => void) | null = null;
	readonly sent: Uint8Array[] = [];

	constructor(
		readonly label: string,
		readonly init: RTCDataChannelInit,
	) {}

	send(data: Uint8Array): void {
		if (this.readyState !== "open") {
			throw new DOMException("not open", "InvalidStateError");
		}
		this.sent.push(data);
	}

	opened(): void {
		this.readyState = "open";
		this.onopen?.();
	}
}

/** Stands for the browser's RTCPeerConnection. */
export class FakePeerConnection {
	static all: FakePeerConnection[] = [];

	readonly channels: FakeChannel[] = [];
	readonly candidates: RTCIceCandidateInit[] = [];
	connectionState = "new";
	signalingState = "stable";
	remoteDescription: { sdp: string } | null = null;
	sctp: { maxMessageSize: number } | null = { maxMessageSize: 65_536 };
	onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
	onconnectionstatechange: (() => void) | null = null;
	isClosed = false;

	constructor(readonly configuration: RTCConfiguration) {
		FakePeerConnection.all.push(this);
	}

	createDataChannel(label: string, init: RTCDataChannelInit): FakeChannel {
		const channel = new FakeChannel(label, init);
		this.channels.push(channel);
		return channel;
	}

	async createOffer() {
		return { type: "offer", sdp: "the offer" };
	}

	async setLocalDescription(): Promise<void> {
		this.signalingState = "have-local-offer";
		const candidate = { candidate: "candidate:mine", sdpMid: "0", sdpMLineIndex: 0 };
		this.onicecandidate?.({ candidate: { ...candidate, toJSON: () => candidate } });
		this.onicecandidate?.({ candidate: null });
	}

	async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
		if (sdp === "nonsense") {
			throw new DOMException("cannot parse", "OperationError");
		}
		this.signalingState = "stable";
		this.remoteDescription = { sdp };
	}

	async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
		if (candidate.candidate === "nonsense") {
			throw new DOMException("cannot parse", "OperationError");
		}
		this.candidates.push(candidate);
	}

	async getStats() {
		return new Map<string, object>([
			["other", { type: "candidate-pair", id: "other", nominated: true, currentRoundTripTime: 9 }],
			["pair", { type: "candidate-pair", id: "pair", currentRoundTripTime: 0.0125 }],
			["t", { type: "transport", id: "t", selectedCandidatePairId: "pair" }],
		]);
	}

	close(): void {
		this.isClosed = true;
	}

	becomes(state: string): void {
		this.connectionState = state;
		this.onconnectionstatechange?.();
	}
}

/** Puts the fakes where the browser's own would be. */
export function install(): void {
	Object.assign(globalThis, { WebSocket: FakeSocket, RTCPeerConnection: FakePeerConnection });
}
