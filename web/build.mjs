// Builds client/dist and dist/play from the sources. With --check it builds
// into memory and fails if what is there differs.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateDtsBundle } from "dts-bundle-generator";
import * as esbuild from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const banner = "// Crosspeer's browser client, built from web/client/src. MIT licence.\n";

/** Bundles one entry into an ES module's text. */
async function bundle(entry, options) {
	const result = await esbuild.build({
		absWorkingDir: root,
		entryPoints: [entry],
		bundle: true,
		format: "esm",
		target: "es2022",
		charset: "utf8",
		write: false,
		logLevel: "warning",
		...options,
	});
	return result.outputFiles[0].text;
}

/** The play page loads the module that others get, from beside it. */
const moduleBeside = {
	name: "module-beside",
	setup(build) {
		build.onResolve({ filter: /^crosspeer$/ }, () => ({ path: "./crosspeer.js", external: true }));
	},
};

async function outputs() {
	const client = banner + (await bundle("client/src/index.ts", {}));
	const [types] = generateDtsBundle(
		[{ filePath: join(root, "client/src/index.ts"), output: { noBanner: true, exportReferencedTypes: false } }],
		{ preferredConfigPath: join(root, "tsconfig.json") },
	);
	const files = {
		"client/dist/crosspeer.js": client,
		"client/dist/crosspeer.d.ts": banner + types,
		"dist/play/crosspeer.js": client,
		"dist/play/play.js": await bundle("play/src/main.ts", { plugins: [moduleBeside] }),
	};
	for (const name of ["index.html", "style.css", "icon.svg"]) {
		files[`dist/play/${name}`] = await readFile(join(root, "play", name), "utf8");
	}
	return files;
}

async function existing(dir) {
	const names = await readdir(join(root, dir)).catch(() => []);
	return names.map((name) => `${dir}/${name}`);
}

const files = await outputs();
const there = [...(await existing("client/dist")), ...(await existing("dist/play"))];
if (process.argv.includes("--check")) {
	const stale = there.filter((name) => !(name in files));
	for (const [name, text] of Object.entries(files)) {
		if (text !== (await readFile(join(root, name), "utf8").catch(() => null))) {
			stale.push(name);
		}
	}
	if (stale.length > 0) {
		console.error(`stale: ${stale.join(", ")}; run make web and commit what it builds`);
		process.exit(1);
	}
} else {
	for (const name of there) {
		await rm(join(root, name));
	}
	for (const [name, text] of Object.entries(files)) {
		await mkdir(dirname(join(root, name)), { recursive: true });
		await writeFile(join(root, name), text);
	}
}
