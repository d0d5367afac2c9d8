// Bundles the tests and runs them with Node's test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const entries = [];
for (const dir of ["client/test", "play/test"]) {
	for (const name of await readdir(join(root, dir))) {
		if (name.endsWith(".test.ts")) {
			entries.push(join(root, dir, name));
		}
	}
}
const out = await mkdtemp(join(tmpdir(), "crosspeer-web-"));
try {
	await esbuild.build({
		entryPoints: entries,
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node20",
		outdir: out,
		outbase: root,
		entryNames: "[dir]/[name]",
		outExtension: { ".js": ".mjs" },
		define: { TEST_ROOT: JSON.stringify(root) },
		sourcemap: "inline",
		tsconfig: join(root, "tsconfig.json"),
	});
	const tests = entries.map((entry) => join(out, entry.slice(root.length + 1).replace(/\.ts$/, ".mjs")));
	const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...tests], { stdio: "inherit" });
	process.exitCode = run.status ?? 1;
} finally {
	await rm(out, { recursive: true, force: true });
}
