import { make, peerName } from "./dom.js";

/** A row of the table of peers. */
interface Row {
	element: HTMLTableRowElement;
	rtt: HTMLTableCellElement;
}

/** The peers, in a table and as targets to choose from. */
export class Peers {
	readonly #rows = new Map<number, Row>();
	readonly #body: HTMLTableSectionElement;
	readonly #select: HTMLSelectElement;
	readonly #only: HTMLOptGroupElement;
	readonly #but: HTMLOptGroupElement;
	readonly #changed: (count: number) => void;

	/** `changed` is told how many there are, without the server. */
	constructor(body: HTMLTableSectionElement, select: HTMLSelectElement, changed: (count: number) => void) {
		this.#body = body;
		this.#select = select;
		this.#changed = changed;
		this.#only = make("optgroup", "");
		this.#only.label = "Only";
		this.#but = make("optgroup", "");
		this.#but.label = "All but";
		select.append(option(0, "All"), this.#only, this.#but);
		this.#notify();
	}

	/** Shows a peer. */
	add(id: number): void {
		this.#forget(id); // it had gone and is back: the choice "(gone)" is replaced
		const rtt = make("td", "rtt", "–");
		const choose = make("button", "quiet", "Send to");
		choose.type = "button";
		choose.setAttribute("aria-label", `Send to ${id === 1 ? "the server" : id}`);
		choose.addEventListener("click", () => {
			this.#select.value = String(id);
			document.getElementById("text")?.focus();
		});
		const head = make("th", "", peerName(id));
		head.scope = "row";
		const element = make("tr", "", head, rtt, make("td", "act", choose));
		this.#rows.set(id, { element, rtt });
		this.#body.insertBefore(element, this.#after(id));
		const before = (group: HTMLOptGroupElement, value: number) =>
			[...group.children].find((o) => Math.abs(Number((o as HTMLOptionElement).value)) > Math.abs(value)) ?? null;
		const name = id === 1 ? "server (1)" : String(id);
		const chosen = this.#select.value;
		this.#only.insertBefore(option(id, `only ${name}`), before(this.#only, id));
		this.#but.insertBefore(option(-id, `all but ${name}`), before(this.#but, id));
		this.#select.value = chosen;
		this.#notify();
	}

	/** Takes a peer away. It stays a target, marked, as long as it is the chosen one. */
	remove(id: number): void {
		this.#rows.get(id)?.element.remove();
		this.#rows.delete(id);
		for (const o of this.#options(id)) {
			if (o.selected) {
				o.textContent += " (gone)";
			} else {
				o.remove();
			}
		}
		this.#notify();
	}

	/** Takes all away. */
	clear(): void {
		this.#rows.clear();
		this.#body.replaceChildren();
		this.#only.replaceChildren();
		this.#but.replaceChildren();
		this.#select.value = "0";
		this.#notify();
	}

	/** Shows round-trip times in milliseconds; undefined shows a dash. */
	times(rtt: (id: number) => number | undefined): void {
		for (const [id, row] of this.#rows) {
			const ms = rtt(id);
			const words = ms === undefined ? "–" : `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
			if (row.rtt.textContent !== words) {
				row.rtt.textContent = words;
			}
		}
	}

	#after(id: number): HTMLTableRowElement | null {
		const next = [...this.#rows.keys()].filter((other) => other > id).sort((a, b) => a - b)[0];
		return next === undefined ? null : this.#rows.get(next)!.element;
	}

	#options(id: number): HTMLOptionElement[] {
		return [...this.#select.options].filter((o) => o.value !== "0" && Math.abs(Number(o.value)) === id);
	}

	#forget(id: number): void {
		for (const o of this.#options(id)) {
			o.remove();
		}
	}

	#notify(): void {
		this.#changed([...this.#rows.keys()].filter((id) => id !== 1).length);
	}
}

function option(value: number, text: string): HTMLOptionElement {
	return new Option(text, String(value));
}
