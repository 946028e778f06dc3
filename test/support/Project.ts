import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = new URL('../../', import.meta.url).pathname

const STRICT = {
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.asynciterable'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
}

/** A project of somebody else's, in TypeScript, that has rollcall installed as it is built here, and ws. */
export class Project {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
    symlinkSync(ROOT, join(folder, 'node_modules', 'rollcall'))
    for (const name of ['ws', '@types/ws']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT }))
  }

  write(file: string, source: string): void {
    writeFileSync(join(this.#folder, file), source)
  }

  /** What the compiler has to say of all of it; empty where all is well. */
  async check(): Promise<string> {
    const { output } = await this.#spawn([join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
    return output
  }

  /** What the program prints. Throws, with all that it said, where it fails. */
  async run(
    file: string,
    environment: Readonly<Record<string, string>>,
    node = process.execPath,
  ): Promise<string> {
    const args = ['--disable-warning=ExperimentalWarning', file]
    const { code, output } = await this.#spawn(args, environment, node)
    if (code !== 0) throw new Error(`exit code ${code}\n${output}`)
    return output
  }

  async #spawn(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    node = process.execPath,
  ) {
    const child = spawn(node, args, {
      cwd: this.#folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { code: code as number | null, output: stdout + stderr }
  }
}
