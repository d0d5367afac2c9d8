import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

declare const TEST_ROOT: string;

const css = readFileSync(join(TEST_ROOT, "play/style.css"), "utf8");

/** The variables of the two schemes. */
function schemes(): Record<"light" | "dark", Map<string, string>> {
	const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map((m) => new Map([...m[1]!.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((v) => [v[1]!, v[2]!])));
	assert.equal(blocks.length, 2);
	return { light: blocks[0]!, dark: new Map([...blocks[0]!, ...blocks[1]!]) };
}

type RGB = [number, number, number];

/** Linear light of #rrggbb. */
function linear(hex: string): RGB {
	assert.match(hex, /^#[0-9a-f]{6}$/);
	return [1, 3, 5].map((i) => {
		const v = parseInt(hex.slice(i, i + 2), 16) / 255;
		return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	}) as RGB;
}

/** Linear light of oklch(), cut to what a screen shows. */
function oklch(l: number, chroma: number, hue: number): RGB {
	const a = chroma * Math.cos((hue * Math.PI) / 180);
	const b = chroma * Math.sin((hue * Math.PI) / 180);
	const L = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const M = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const S = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
	return [
		4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S,
		-1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S,
		-0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S,
	].map((v) => Math.min(1, Math.max(0, v))) as RGB;
}

/** The contrast of WCAG 2, 1 to 21. */
function contrast(a: RGB, b: RGB): number {
	const [x, y] = [a, b].map(([r, g, blue]) => 0.2126 * r + 0.7152 * g + 0.0722 * blue + 0.05) as [number, number];
	return Math.max(x, y) / Math.min(x, y);
}

for (const [name, colours] of Object.entries(schemes())) {
	const colour = (key: string) => linear(colours.get(key) ?? assert.fail(`no --${key}`));

	test(`text is readable, ${name}`, () => {
		for (const [text, grounds] of Object.entries({
			ink: ["ground", "panel", "sunk", "tint", "bad-tint"],
			soft: ["ground", "panel", "sunk", "bad-tint"],
			good: ["sunk"],
			busy: ["sunk"],
			bad: ["sunk", "panel", "bad-tint"],
			"accent-strong": ["tint"],
			"on-accent": ["accent", "accent-strong"],
		})) {
			for (const ground of grounds) {
				const got = contrast(colour(text), colour(ground));
				assert.ok(got >= 4.5, `--${text} on --${ground}: ${got.toFixed(2)}`);
			}
		}
	});

	test(`edges of fields and the focus ring can be seen, ${name}`, () => {
		for (const edge of ["edge", "accent"]) {
			for (const ground of ["ground", "panel", "sunk"]) {
				const got = contrast(colour(edge), colour(ground));
				assert.ok(got >= 3, `--${edge} on --${ground}: ${got.toFixed(2)}`);
			}
		}
	});

	test(`peers of every colour are readable, ${name}`, () => {
		const light = Number(colours.get("peer-light"));
		for (let hue = 0; hue < 360; hue += 5) {
			for (const ground of ["panel", "sunk"]) {
				const got = contrast(oklch(light, 0.11, hue), colour(ground));
				assert.ok(got >= 4.5, `hue ${hue} on --${ground}: ${got.toFixed(2)}`);
			}
		}
	});
}
