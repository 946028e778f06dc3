/**
 * Makes of dist/client a package that can be installed alone: `npm pack ./dist/client`. The one that serves would bring the server, its
 * engines and a Node along. Run by `npm run build`.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = import.meta.dirname
const target = join(root, 'dist', 'client')
const { version, license, engines, dependencies } = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
)

/** What the client imports, in the versions that it is tested with. */
const imported = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, dependencies[name]]))

const manifest = {
  name: 'rollcall-client',
  version,
  description:
    'The client of rollcall, for browsers and Node: a session that reads its own writes, and a follower that keeps a copy',
  license,
  type: 'module',
  sideEffects: false,
  engines,
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './sqlite': { types: './sqlite/index.d.ts', default: './sqlite/index.js' },
    './schema.graphql': './schema.graphql',
    './package.json': './package.json',
  },
  files: ['**/*.js', '**/*.js.map', '**/*.d.ts', 'schema.graphql'],
  dependencies: imported('@graphql-typed-document-node/core', 'graphql', 'graphql-ws'),
  // Of Node 20 alone, which has no WebSocket.
  peerDependencies: imported('ws'),
  peerDependenciesMeta: { ws: { optional: true } },
}

await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
await copyFile(join(root, 'schema', 'schema.graphql'), join(target, 'schema.graphql'))
await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'))
