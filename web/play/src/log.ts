import type { Mode } from "crosspeer";
import { describe, size, type View } from "./bytes.js";
import { make, peerName } from "./dom.js";

/** The entries that are kept. */
const KEPT = 500;

/** A packet that was sent or received. */
export interface PacketEntry {
	from: number;
	to: number;
	mode: Mode;
	data: Uint8Array;
	sent: boolean;
}

type Entry = { at: Date } & ({ packet: PacketEntry } | { words: string; kind: "event" | "error" });

/**
 * The log of events and packets. Entries are shown with the next frame, so a
 * flood of packets costs one rendering; while the page is hidden the newest
 * are kept.
 */
export class Log {
	readonly #list: HTMLOListElement;
	readonly #empty: HTMLElement;
	readonly #view: () => View;
	#entries: Entry[] = [];
	#fresh: Entry[] = [];
	#drawing = false;

	constructor(list: HTMLOListElement, empty: HTMLElement, view: () => View) {
		this.#list = list;
		this.#empty = empty;
		this.#view = view;
	}

	event(words: string, kind: "event" | "error" = "event"): void {
		this.#push({ at: new Date(), words, kind });
	}

	packet(packet: PacketEntry): void {
		this.#push({ at: new Date(), packet });
	}

	clear(): void {
		this.#entries = [];
		this.#fresh = [];
		this.#list.replaceChildren();
		this.#empty.hidden = false;
	}

	/** Shows everything anew, after the view has changed. */
	redraw(): void {
		this.#fresh = [...this.#entries, ...this.#fresh].slice(-KEPT);
		this.#entries = [];
		this.#list.replaceChildren();
		this.#draw();
	}

	#push(entry: Entry): void {
		this.#fresh.push(entry);
		if (this.#fresh.length > 2 * KEPT) {
			this.#fresh = this.#fresh.slice(-KEPT);
		}
		if (!this.#drawing) {
			this.#drawing = true;
			requestAnimationFrame(() => this.#draw());
		}
	}

	#draw(): void {
		this.#drawing = false;
		const fresh = this.#fresh.slice(-KEPT);
		this.#fresh = [];
		this.#entries = [...this.#entries, ...fresh].slice(-KEPT);
		const box = this.#list.parentElement!;
		const following = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
		this.#list.append(...fresh.map((entry) => this.#line(entry)));
		while (this.#list.childElementCount > KEPT) {
			this.#list.firstElementChild!.remove();
		}
		this.#empty.hidden = this.#list.childElementCount > 0;
		if (following) {
			box.scrollTop = box.scrollHeight;
		}
	}

	#line(entry: Entry): HTMLLIElement {
		const time = make("time", "time", entry.at.toTimeString().slice(0, 8));
		time.dateTime = entry.at.toISOString();
		if ("words" in entry) {
			return make("li", `entry ${entry.kind}`, time, make("p", "words", entry.words));
		}
		const { from, to, mode, data, sent } = entry.packet;
		const { text, note } = describe(data, this.#view());
		const route = make(
			"span",
			"route",
			sent ? "you" : peerName(from),
			make("span", "arrow", " → "),
			...target(to),
		);
		const facts = make("span", "facts", [mode, size(data.length), note].filter(Boolean).join(" · "));
		const content = make("p", note === "hex" ? "content hex" : "content", text);
		if (data.length === 0) {
			content.append(make("em", "", "no bytes"));
		}
		return make("li", `entry packet ${sent ? "sent" : "received"}`, time, make("div", "head", route, facts), content);
	}
}

/** A target in words. */
export function target(to: number): (string | Node)[] {
	return to === 0 ? ["all"] : to > 0 ? [peerName(to)] : ["all but ", peerName(-to)];
}
