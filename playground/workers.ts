/** The editors' language services run in workers, which stand beside this file under the names that build.ts gives them. */
const WORKERS: Readonly<Record<string, string>> = { json: 'json.worker.js', graphql: 'graphql.worker.js' }

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker: (_id: string, language: string) =>
      new Worker(new URL(WORKERS[language] ?? 'editor.worker.js', import.meta.url), { type: 'module' }),
  },
})
