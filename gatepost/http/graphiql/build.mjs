// Bundles the page and Monaco's workers into dist/, with a gzip sibling for each file that is worth it.
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

const target = "dist.new";
const shared = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
};

await rm(target, { recursive: true, force: true });

// The workers' names stay fixed, as workers.js names them; they are asked for anew when they change (ETag).
await build({
  ...shared,
  outdir: `${target}/assets`,
  entryPoints: {
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
  },
});
const page = await build({
  ...shared,
  jsx: "automatic",
  splitting: true,
  outdir: `${target}/assets`,
  entryPoints: { page: "src/page.jsx" },
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".ttf": "file", ".woff": "file", ".woff2": "file" },
  metafile: true,
});

const [script, output] = Object.entries(page.metafile.outputs).find(([, made]) => made.entryPoint === "src/page.jsx");
const name = (path) => path.split("/").at(-1);
const html = (await readFile("src/page.html", "utf8"))
  .replace("%SCRIPT%", name(script))
  .replace("%STYLE%", name(output.cssBundle));
await mkdir(target, { recursive: true });
await writeFile(`${target}/page.html`, html);

for (const file of await readdir(`${target}/assets`)) {
  if (!/\.(js|css)$/.test(file)) continue;
  const content = await readFile(`${target}/assets/${file}`);
  await writeFile(`${target}/assets/${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}

// Put in place whole, so that a server that runs meanwhile never meets half a build.
await rm("dist", { recursive: true, force: true });
await rename(target, "dist");
