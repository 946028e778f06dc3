import { once } from 'node:events'
import { createGunzip } from 'node:zlib'

/** How gzipped data begins. */
export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

/**
 * What was gzipped. Where the data is damaged or cut, all that comes before is given, then it throws: a stream in a pipeline would
 * drop what nobody has read of it by then.
 */
export async function* gunzipped(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  const parts: Buffer[] = []
  let failure: Error | null = null
  gunzip.on('data', (part: Buffer) => parts.push(part))
  gunzip.on('error', (error) => {
    failure = error
  })
  const closed = once(gunzip, 'close')
  try {
    for await (const chunk of bytes) {
      await Promise.race([new Promise((resolve) => gunzip.write(chunk, resolve)), closed])
      yield* parts.splice(0)
      if (failure !== null) throw failure
    }
    gunzip.end()
    await closed
    yield* parts.splice(0)
    if (failure !== null) throw failure
  } finally {
    gunzip.destroy()
  }
}
