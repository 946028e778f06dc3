import { constants, createReadStream, type ReadStream, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { CommandFailure } from '../command.ts'
import { EXIT } from '../exitCodes.ts'
import { GZIP_MAGIC, gunzipped } from './gunzipped.ts'

export interface LineSource {
  /** They end where the file breaks off, too: see `problem`. */
  readonly lines: AsyncIterable<string>
  /** The share of the file that has been read, 0 to 1; null where its size is not known. */
  share(): number | null
  /** Once the lines have ended: why there are no more of them; null if they are all. */
  problem(): string | null
}

const STANDARD_INPUT = '-'

/** The lines of a text file, or of standard input for `-`, gzipped or not. Fails as a command does if it cannot be read. */
export async function readLines(file: string): Promise<LineSource> {
  if (file === STANDARD_INPUT)
    return linesOf(
      () => process.stdin,
      false,
      () => null,
    )
  const stats = await readable(file)
  let stream: ReadStream | null = null
  const open = () => {
    stream = createReadStream(file)
    return stream
  }
  const isSized = stats.isFile() && stats.size > 0
  return linesOf(open, file.endsWith('.gz'), () => (isSized ? (stream?.bytesRead ?? 0) / stats.size : null))
}

async function readable(file: string): Promise<Stats> {
  try {
    await access(file, constants.R_OK)
    const stats = await stat(file)
    if (!stats.isDirectory()) return stats
  } catch (error) {
    throw new CommandFailure(`${file}: cannot be read: ${(error as Error).message}`, EXIT.usage)
  }
  throw new CommandFailure(`${file}: cannot be read: it is a folder`, EXIT.usage)
}

function linesOf(open: () => Readable, isGzip: boolean, share: LineSource['share']): LineSource {
  let problem: string | null = null
  async function* lines() {
    const bytes = open()
    try {
      yield* splitLines(plain(bytes, isGzip))
    } catch (error) {
      problem = reasonOf(error)
    } finally {
      bytes.destroy()
    }
  }
  return { lines: lines(), share, problem: () => problem }
}

/** Gzipped files are known by how they begin, whatever they are called. */
async function* plain(bytes: AsyncIterable<Buffer>, isGzip: boolean): AsyncGenerator<Buffer> {
  const source = bytes[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  while (start.length < GZIP_MAGIC.length) {
    const next = await source.next()
    if (next.done === true) break
    start = Buffer.concat([start, next.value])
  }
  async function* all() {
    yield start
    yield* { [Symbol.asyncIterator]: () => source }
  }
  yield* isGzip || start.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) ? gunzipped(all()) : all()
}

/** A line that breaks off is not given. A byte order mark at the beginning is left out. */
async function* splitLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let begun = ''
  for await (const chunk of bytes) {
    const [end = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
    begun += end
    const next = others.pop()
    if (next === undefined) continue
    yield begun
    yield* others
    begun = next
  }
  begun += decoder.decode()
  if (begun !== '') yield begun
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return 'the gzipped data has no end'
  if (code === 'Z_DATA_ERROR') return `the data is not gzipped, or damaged: ${message}`
  return message
}
