/** The element with an id, of the class that it must have. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
	const found = document.getElementById(id);
	if (!(found instanceof type)) {
		throw new Error(`no ${type.name} #${id}`);
	}
	return found;
}

/** A new element with a class and with text or children. */
export function make<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	className: string,
	...children: (string | Node)[]
): HTMLElementTagNameMap[K] {
	const made = document.createElement(tag);
	if (className) {
		made.className = className;
	}
	made.append(...children);
	return made;
}

/** The value of the checked one of some radio buttons. */
export function chosen(form: HTMLFormElement, name: string): string {
	return String(new FormData(form).get(name) ?? "");
}

/** A peer's id with its colour, which is the same on every page. */
export function peerName(id: number): HTMLElement {
	const name = make("span", "peer", id === 1 ? "server" : String(id));
	// Neighbouring ids get far hues: steps of the golden angle.
	name.style.setProperty("--hue", String(Math.round((id * 137.508) % 360)));
	return name;
}
