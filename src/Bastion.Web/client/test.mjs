// Runs every *.test.ts beside the code that it is about, in Node's own runner: npm test
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const names = await readdir("src", { recursive: true });
const entryPoints = names.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join("src", name));
const out = await mkdtemp(join(process.cwd(), "dist-test-"));
try {
  await build({
    entryPoints,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  const built = (await readdir(out, { recursive: true })).filter((name) => name.endsWith(".mjs"));
  const run = spawnSync(process.execPath, ["--test", ...built.map((name) => join(out, name))], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
