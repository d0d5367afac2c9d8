/** Handlers of events, by name. */
export class Emitter<E> {
	readonly #handlers = new Map<keyof E, Set<(event: never) => void>>();

	/** Adds a handler; the function it gives removes it. */
	on<K extends keyof E>(type: K, handler: (event: E[K]) => void): () => void {
		const set = this.#handlers.get(type) ?? new Set();
		this.#handlers.set(type, set);
		// A wrapper of its own, so that the same function can be added twice.
		const own = (event: E[K]) => handler(event);
		set.add(own as (event: never) => void);
		return () => void set.delete(own as (event: never) => void);
	}

	/** Runs the handlers. One that throws is reported and stops no other. */
	emit<K extends keyof E>(type: K, event: E[K]): void {
		for (const handler of [...(this.#handlers.get(type) ?? [])]) {
			try {
				(handler as (event: E[K]) => void)(event);
			} catch (error) {
				queueMicrotask(() => {
					throw error;
				});
			}
		}
	}

	/** Removes all handlers. */
	clear(): void {
		this.#handlers.clear();
	}
}
