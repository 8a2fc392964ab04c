// Bundles the two pages into one folder, which the server carries inside its assembly. The player is a chunk of its own, loaded with the first replay only.
import { build } from "esbuild";
import { cp, rm } from "node:fs/promises";

const out = process.argv[2] ?? "dist";
await rm(out, { recursive: true, force: true });
await build({
  entryPoints: { approve: "src/approve/main.tsx", console: "src/console/main.tsx" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2023"],
  minify: true,
  sourcemap: false,
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "linked",
  logLevel: "warning",
});
await cp("pages", out, { recursive: true });
