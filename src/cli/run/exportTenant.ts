import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { TenantId } from '../../domain/streams.ts'
import { exportTenant as exportLines } from '../../transfer/exporter.ts'
import { exportPast } from '../../transfer/exportPast.ts'
import { formatLine } from '../../transfer/line.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import { openDirectory } from './openDirectory.ts'

export interface ExportOptions {
  readonly tenant: TenantId
  /** Null: standard output. */
  readonly output: string | null
  /** ISO 8601 UTC with milliseconds; null: now. */
  readonly asOf: string | null
}

/** The code is 0 only if every line was written: an export that stops half-way says so. */
export async function exportTenant(
  config: Config,
  { tenant, output, asOf }: ExportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  // New views may have to be filled first, however long that takes.
  const directory = await openDirectory(config, { onTrouble: (message) => terminal.note(message) })
  try {
    await directory.level()
    const { views } = directory
    const [found] = await views.tenants([tenant])
    if (found == null)
      throw new CommandFailure(`--tenant: there is no tenant ${JSON.stringify(tenant)}`, EXIT.usage)
    const state = asOf === null ? exportLines(views, tenant) : exportPast(directory.log, tenant, asOf)
    let lines = 0
    async function* text() {
      for await (const line of state) {
        lines += 1
        yield `${formatLine(line)}\n`
      }
    }
    await write(Readable.from(text()), output)
    terminal.note(
      `${lines} lines of ${tenant}${asOf === null ? '' : ` as of ${asOf}`}${output === null ? '' : ` to ${output}`}`,
    )
    return EXIT.ok
  } finally {
    await directory.close()
  }
}

async function write(lines: Readable, output: string | null): Promise<void> {
  if (output === null) return pipeline(lines, process.stdout, { end: false })
  const file = createWriteStream(output, { mode: 0o600 })
  const written = output.endsWith('.gz') ? pipeline(lines, createGzip(), file) : pipeline(lines, file)
  // That the disk is full, the system says without where.
  return written.catch((error: Error) => Promise.reject(Object.assign(error, { path: output })))
}
