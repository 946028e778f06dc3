import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { CommandFailure } from '../command.ts'
import { EXIT } from '../exitCodes.ts'

export interface LineSource {
  readonly lines: AsyncIterable<string>
  /** The share of the file that has been read, 0 to 1. */
  share(): number
}

/** The lines of a text file; of a gzipped one if its name ends in .gz. Fails as a command does if it cannot be read. */
export async function readLines(file: string): Promise<LineSource> {
  const { size } = await stat(file).catch((error: Error) => {
    throw new CommandFailure(`${file}: cannot be read: ${error.message}`, EXIT.usage)
  })
  const bytes = createReadStream(file)
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  return { lines: linesOf(file, bytes, input), share: () => (size === 0 ? 1 : bytes.bytesRead / size) }
}

/** A broken file ends the command, after the lines before the break have been given. */
async function* linesOf(
  file: string,
  bytes: NodeJS.EventEmitter,
  input: NodeJS.ReadableStream,
): AsyncGenerator<string> {
  let broken: Error | null = null
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  for (const source of [bytes, input]) {
    source.once('error', (error: Error) => {
      broken ??= error
      reader.close()
    })
  }
  yield* reader
  if (broken !== null) {
    throw new CommandFailure(
      `${file}: breaks off: ${(broken as Error).message}. The lines before have been done; mend the file and run it again`,
      EXIT.badInput,
    )
  }
}
