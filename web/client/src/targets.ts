/** The target that is everybody but the sender. */
export const TARGET_ALL = 0;

/** The target, and the id, that is the server. */
export const TARGET_SERVER = 1;

/** The highest id that a peer can have. */
export const MAX_ID = 0x7fffffff;

/** The target that is everybody but one peer, and but the sender. */
export function allExcept(id: number): number {
	return -Math.abs(id);
}

/** Whether a number can be the id of a client. */
export function isClientId(id: number): boolean {
	return Number.isInteger(id) && id > TARGET_SERVER && id <= MAX_ID;
}
