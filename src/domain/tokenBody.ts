import { parseStream, type StreamKind, type StreamName, streamName, type TenantId } from './streams.ts'

/** What a token says. */
export interface TokenClaims {
  readonly epoch: string
  readonly tenant: TenantId
  /** Of a vector. */
  readonly streams: ReadonlyMap<StreamName, number>
  readonly position: number
}

const VERSION = 1
const KINDS: readonly StreamKind[] = ['user', 'profile', 'keys', 'group', 'members', 'tenants']

/** What is to be written of one entity, all of it in the token's tenant: kinds of its streams, each with its seq. */
export interface EntitySeqs {
  /** Empty for the `tenants` stream. */
  readonly id: string
  readonly seqs: Readonly<Partial<Record<StreamKind, number>>>
}

export type BodyHead = Pick<TokenClaims, 'epoch' | 'tenant' | 'position'>

/**
 * version, epoch, tenant, position, then per stream: kind, id, seq. Texts are length-prefixed, numbers varints. Leaves room for
 * so many bytes more.
 */
export function writeBody(
  { epoch, tenant, position }: BodyHead,
  entities: readonly EntitySeqs[],
  room: number,
): Target {
  const into: Target = { body: Buffer.allocUnsafe(sizeAtMost(epoch, tenant, entities) + room), offset: 0 }
  writeNumber(into, VERSION)
  writeText(into, epoch)
  writeText(into, tenant)
  writeNumber(into, position)
  let previousId = ''
  for (const { id, seqs } of entities) {
    for (const kind in seqs) {
      // The id of an entity's streams is written once.
      const repeats = id === previousId
      writeNumber(into, KINDS.indexOf(kind as StreamKind) * 2 + (repeats ? 1 : 0))
      if (!repeats) writeText(into, id)
      writeNumber(into, seqs[kind as StreamKind] ?? 0)
      previousId = id
    }
  }
  return into
}

/** A number is at most 8 bytes, a text at most 3 for each unit of its length. */
function sizeAtMost(epoch: string, tenant: TenantId, entities: readonly EntitySeqs[]): number {
  let chars = epoch.length + tenant.length
  for (const { id } of entities) chars += id.length
  return 3 * chars + 8 * (4 + 3 * KINDS.length * entities.length)
}

/** What a vector says of streams of this tenant. Those of one entity that stand side by side are taken together. */
export function entitiesIn(tenant: TenantId, streams: TokenClaims['streams']): readonly EntitySeqs[] {
  const entities: { id: string; seqs: Partial<Record<StreamKind, number>> }[] = []
  for (const [stream, seq] of streams) {
    const parts = parseStream(stream)
    if (parts === null) throw new Error(`not a stream name: ${stream}`)
    const { kind, id } = parts
    if (kind !== 'tenants' && parts.tenant !== tenant) continue
    const last = entities.at(-1)
    if (last?.id === id) last.seqs[kind] = seq
    else entities.push({ id, seqs: { [kind]: seq } })
  }
  return entities
}

/** Null where the bytes are no body: of another version, cut short, or with a number beyond 2^53. */
export function readBody(body: Buffer): TokenClaims | null {
  const from: Source = { body, offset: 1, sound: body[0] === VERSION }
  const epoch = readText(from)
  const tenant = readText(from)
  const position = readNumber(from)
  const streams = new Map<StreamName, number>()
  let id = ''
  while (from.sound && from.offset < body.length) {
    const head = readNumber(from)
    const kind = KINDS[head >> 1]
    if (kind === undefined) return null
    if ((head & 1) === 0) id = readText(from)
    streams.set(streamName({ kind, tenant, id }), readNumber(from))
  }
  return from.sound ? { epoch, tenant, streams, position } : null
}

/** Bytes and how far they are read; no longer sound once they were not what they had to be. */
interface Source {
  readonly body: Buffer
  offset: number
  sound: boolean
}

/** Bytes that are being written; there is room enough. */
interface Target {
  readonly body: Buffer
  offset: number
}

function writeText(into: Target, text: string): void {
  writeNumber(into, Buffer.byteLength(text))
  into.offset += into.body.write(text, into.offset)
}

function readText(from: Source): string {
  const size = readNumber(from)
  if (size > from.body.length - from.offset) from.sound = false
  if (!from.sound) return ''
  from.offset += size
  return from.body.toString('utf8', from.offset - size, from.offset)
}

function writeNumber(into: Target, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    into.body[into.offset++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  into.body[into.offset++] = rest
}

function readNumber(from: Source): number {
  let value = 0
  for (let scale = 1; from.offset < from.body.length; scale *= 0x80) {
    const byte = from.body[from.offset++] ?? 0
    value += (byte & 0x7f) * scale
    if (byte >= 0x80) continue
    from.sound &&= Number.isSafeInteger(value)
    return value
  }
  from.sound = false
  return 0
}
