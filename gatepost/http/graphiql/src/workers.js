// Monaco's language services, served beside the page: a worker's address is taken from this module's own, so any mount will do.
const files = { json: "json.worker.js", graphql: "graphql.worker.js" };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(files[label] ?? "editor.worker.js", import.meta.url), { type: "module" });
  },
};
