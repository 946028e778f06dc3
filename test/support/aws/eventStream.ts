import { crc32 } from 'node:zlib'

/** A message of AWS's encoding of event streams. */
export interface Message {
  /** `:event-type`, say; those that are texts. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer
}

const CRC = 4
const PRELUDE = 8 + CRC
const TEXT = 7

export function encodeMessage({ headers, payload }: Message): Buffer {
  const named = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)))
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(PRELUDE + named.byteLength + payload.byteLength + CRC, 0)
  lengths.writeUInt32BE(named.byteLength, 4)
  const unsigned = Buffer.concat([lengths, checksum(lengths), named, payload])
  return Buffer.concat([unsigned, checksum(unsigned)])
}

function encodeHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  const key = Buffer.from(name)
  return Buffer.concat([Buffer.from([key.byteLength]), key, Buffer.from([TEXT]), length, Buffer.from(value)])
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(CRC)
  sum.writeUInt32BE(crc32(bytes))
  return sum
}

/** In pieces as they come from the network. */
export async function* decodeMessages(pieces: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  let left = Buffer.alloc(0)
  for await (const piece of pieces) {
    left = Buffer.concat([left, piece])
    while (left.byteLength >= PRELUDE && left.byteLength >= left.readUInt32BE(0)) {
      const length = left.readUInt32BE(0)
      yield decodeMessage(left.subarray(0, length))
      left = left.subarray(length)
    }
  }
}

function decodeMessage(bytes: Buffer): Message {
  const payloadAt = PRELUDE + bytes.readUInt32BE(4)
  const headers: Record<string, string> = {}
  for (let at = PRELUDE; at < payloadAt; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at)
    if (bytes.readUInt8(nameEnd) !== TEXT) throw new Error('a header that is no text')
    const valueAt = nameEnd + 3
    const valueEnd = valueAt + bytes.readUInt16BE(nameEnd + 1)
    headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString('utf8', valueAt, valueEnd)
    at = valueEnd
  }
  return { headers, payload: bytes.subarray(payloadAt, bytes.byteLength - CRC) }
}
