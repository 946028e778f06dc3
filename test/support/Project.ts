import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** A project of somebody else's, in TypeScript. */
export class Project {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
    this.write('package.json', '{ "type": "module" }')
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: STRICT }))
  }

  /** With rollcall as it is built here. */
  static withRollcall(folder: string): Project {
    const project = new Project(folder)
    project.link('rollcall', ROOT)
    return project
  }

  /** With the client's package alone, installed by npm from its tarball. Whatever that asks for is taken from here, not from a registry. */
  static async withClient(folder: string): Promise<Project> {
    const project = new Project(folder)
    const built = join(ROOT, 'dist', 'client')
    await project.#npm('pack', built, '--pack-destination', folder)
    const { name, version, dependencies } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))
    const overrides = Object.keys(dependencies).map((asked) => [asked, `file:${packageOf(asked)}`])
    const manifest = {
      type: 'module',
      dependencies: { [name]: `file:${name}-${version}.tgz` },
      overrides: Object.fromEntries(overrides),
    }
    project.write('package.json', JSON.stringify(manifest))
    await project.#npm('install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund')
    return project
  }

  /** A package of here, as if it were installed there. */
  link(name: string, place = packageOf(name)): void {
    symlinkSync(place, join(this.#folder, 'node_modules', name))
  }

  /** What npm has installed, by name. */
  installed(): string[] {
    const { packages } = JSON.parse(
      readFileSync(join(this.#folder, 'node_modules', '.package-lock.json'), 'utf8'),
    )
    const places = Object.keys(packages).filter((place) => place.startsWith('node_modules/'))
    return places.map((place) => place.slice('node_modules/'.length))
  }

  write(file: string, source: string): void {
    writeFileSync(join(this.#folder, file), source)
  }

  /** What the compiler has to say of all of it; empty where all is well. */
  async check(): Promise<string> {
    const tsc = join(packageOf('typescript'), 'bin', 'tsc')
    const { output } = await this.#spawn(process.execPath, [tsc, '-p', '.'])
    return output
  }

  /** What the program prints. Throws, with all that it said, where it fails. */
  async run(
    file: string,
    environment: Readonly<Record<string, string>>,
    node = process.execPath,
  ): Promise<string> {
    return this.#succeed(node, ['--disable-warning=ExperimentalWarning', file], environment)
  }

  async #npm(...args: readonly string[]): Promise<void> {
    await this.#succeed('npm', args)
  }

  async #succeed(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { code, output } = await this.#spawn(program, args, environment)
    if (code !== 0) throw new Error(`exit code ${code}\n${output}`)
    return output
  }

  async #spawn(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(program, args, {
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

const packageOf = (name: string): string => join(ROOT, 'node_modules', name)
