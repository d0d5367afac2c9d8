/**
 * Round-trip times between pages. A page asks another with a small packet, and
 * the other answers it at once:
 *
 *     offset size
 *     0      1    ff: no text, and no command of Godot's MultiplayerAPI, which passes over it
 *     1      4    "play"
 *     5      1    "?" for a question, "!" for the answer
 *     6      4    a number that the answer repeats, little-endian
 *
 * Programs that are no such page do not answer, and after a few questions are
 * asked no more.
 */
const MAGIC = [0xff, 0x70, 0x6c, 0x61, 0x79];
const QUESTION = 0x3f;
const ANSWER = 0x21;
const SIZE = 10;

/** Milliseconds between questions to a peer. */
export const INTERVAL = 2000;

/** Questions without an answer, after which a peer is asked no more. */
const TRIES = 3;

/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE = 6000;

/** Milliseconds between two answers to a peer: a flood of questions is not echoed. */
const GAP = 200;

interface Known {
	rtt: number | undefined;
	asked: { number: number; at: number } | undefined;
	unanswered: number;
	answered: number;
}

/** Asks and answers for one connection. */
export class Echo {
	readonly #peers = new Map<number, Known>();
	#number = 0;

	/** `now` is in milliseconds, `send` may throw. */
	constructor(
		readonly send: (to: number, data: Uint8Array) => void,
		readonly now: () => number,
	) {}

	/** Peers come and go. */
	add(id: number): void {
		this.#peers.set(id, { rtt: undefined, asked: undefined, unanswered: 0, answered: -Infinity });
	}

	remove(id: number): void {
		this.#peers.delete(id);
	}

	/** The smoothed round-trip time to a peer in milliseconds; undefined if it does not answer. */
	rtt(id: number): number | undefined {
		return this.#peers.get(id)?.rtt;
	}

	/** Asks every peer that may answer, and has no question to answer yet. To be called every INTERVAL. */
	ask(): void {
		for (const id of this.#peers.keys()) {
			this.askOne(id);
		}
	}

	/** Asks one peer, as ask does. */
	askOne(id: number): void {
		const peer = this.#peers.get(id);
		if (!peer || (peer.asked && this.now() - peer.asked.at < PATIENCE)) {
			return;
		}
		if (peer.asked) {
			peer.asked = undefined;
			if (++peer.unanswered >= TRIES) {
				peer.rtt = undefined;
			}
		}
		if (peer.unanswered < TRIES) {
			this.#number = (this.#number + 1) >>> 0;
			peer.asked = { number: this.#number, at: this.now() };
			this.#try(id, message(QUESTION, this.#number));
		}
	}

	/** Takes a packet that is a question or an answer; false if it is neither. */
	take(from: number, data: Uint8Array): boolean {
		if (data.length !== SIZE || MAGIC.some((b, i) => data[i] !== b)) {
			return false;
		}
		const kind = data[5];
		if (kind !== QUESTION && kind !== ANSWER) {
			return false;
		}
		const peer = this.#peers.get(from);
		const number = new DataView(data.buffer, data.byteOffset).getUint32(6, true);
		if (peer && kind === QUESTION) {
			peer.unanswered = Math.min(peer.unanswered, TRIES - 1); // it is a page: worth a question
			if (this.now() - peer.answered >= GAP) {
				peer.answered = this.now();
				this.#try(from, message(ANSWER, number));
			}
		} else if (peer?.asked?.number === number) {
			const rtt = this.now() - peer.asked.at;
			peer.rtt = peer.rtt === undefined ? rtt : peer.rtt + (rtt - peer.rtt) / 4;
			peer.asked = undefined;
			peer.unanswered = 0;
		}
		return true;
	}

	#try(to: number, data: Uint8Array): void {
		try {
			this.send(to, data);
		} catch {
			// It has just gone, or too much waits already.
		}
	}
}

function message(kind: number, number: number): Uint8Array {
	const data = new Uint8Array(SIZE);
	data.set([...MAGIC, kind]);
	new DataView(data.buffer).setUint32(6, number, true);
	return data;
}
