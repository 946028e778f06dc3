import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = new URL('../../', import.meta.url).pathname

const ROLLCALL = `#!/bin/sh
exec "${process.execPath}" "${ROOT}dist/cli/main.js" "$@"
`

/** As `npx rollcall` where rollcall is installed; it never asks a registry. */
const NPX = `#!/bin/sh
[ "$1" = rollcall ] || { echo "only npx rollcall is here, not $1" >&2; exit 1; }
shift
exec rollcall "$@"
`

/** A bash in a folder of its own. Variables and functions of one script are there in the next. */
export class Shell {
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv

  constructor(folder: string, variables: Readonly<Record<string, string>>) {
    const bin = join(folder, '.bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'npx'), NPX, { mode: 0o755 })
    writeFileSync(join(bin, 'rollcall'), ROLLCALL, { mode: 0o755 })
    this.#folder = folder
    this.#environment = { ...process.env, ...variables, PATH: `${bin}${delimiter}${process.env.PATH}` }
  }

  /** What the script writes to stdout. Throws, with all that it said, where one of its commands fails. */
  async run(script: string): Promise<string> {
    const whole = `set -euo pipefail
if [ -f .state ]; then . ./.state; fi
set -a
${script}
{ export -p; declare -f; } > .state
`
    const child = spawn('bash', ['-c', whole], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    if (code !== 0) throw new Error(`exit code ${code}\n${stdout}\n${stderr}`)
    return stdout
  }
}
