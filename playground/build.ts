/**
 * Bundles the playground into dist/playground/<id>/, gzipped, where <id> is a hash of all that goes in. A bundle that stands
 * there already is not built again. Run with the pinned node: `npm run build` does.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const source = import.meta.dirname
const target = join(root, 'dist', 'playground')

const id = await fingerprint()
const present = await readdir(target).catch((): string[] => [])
if (!present.includes(id)) {
  await mkdir(target, { recursive: true })
  const work = join(target, `.${id}.${process.pid}`)
  await writeBundle(work)
  await install(work, join(target, id))
  for (const old of present.filter((name) => !name.startsWith('.'))) {
    await rm(join(target, old), { recursive: true, force: true })
  }
}

/** Of the sources and of the lock file, which decides every package that is bundled. */
async function fingerprint(): Promise<string> {
  const names = (await readdir(source)).sort()
  const hash = createHash('sha256')
  for (const path of [...names.map((name) => join(source, name)), join(root, 'package-lock.json')]) {
    hash.update(`${path.slice(root.length)}\0`).update(await readFile(path))
  }
  return hash.digest('hex').slice(0, 16)
}

/** In one step, so that a bundle is there as a whole or not at all. A build at the same time may have been quicker. */
async function install(work: string, place: string): Promise<void> {
  try {
    await rename(work, place)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    if (!(await readdir(target)).includes(id)) throw error
  }
}

async function writeBundle(directory: string): Promise<void> {
  // Loaded only here: a start with a bundle at hand does not pay for the bundler.
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'playground/main.tsx',
      style: 'playground/style.css',
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.ttf': 'empty' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  // style.css holds the editor's styles and icons too: what the modules import of them once more is left out.
  const wanted = outputFiles.filter(({ path }) => path.endsWith('.js') || basename(path) === 'style.css')
  for (const { path, contents } of wanted) await writeFile(`${path}.gz`, gzipSync(contents, { level: 9 }))
}
