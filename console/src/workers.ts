/** Addresses of the worker scripts by label, relative to this module; the build puts their hashed names here. */
declare const WORKER_FILES: { readonly editor: string; readonly json: string; readonly graphql: string };

/** Where Monaco asks for its workers; the label says which service wants one. */
Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker(_id: string, label: string): Worker {
      const file =
        label === 'json'
          ? WORKER_FILES.json
          : label === 'graphql'
            ? WORKER_FILES.graphql
            : WORKER_FILES.editor;
      return new Worker(new URL(file, import.meta.url), { name: label });
    },
  },
});
