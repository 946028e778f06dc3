import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type StreamKind, streamName, TENANTS_STREAM, userStream } from '../../src/domain/streams.ts'
import {
  EMPTY_VECTOR,
  mergeVectors,
  tokenCodec,
  type Vector,
  vectorAt,
  vectorOf,
} from '../../src/domain/token.ts'
import { units } from '../support/texts.ts'

const codec = tokenCodec('secret', 'epoch-1')
const seq = fc.oneof(fc.nat(300), fc.maxSafeNat())
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,20}$/)
const kind = fc.constantFrom<StreamKind>('user', 'profile', 'keys', 'group', 'members', 'tenants')
const stream = fc.tuple(kind, id).map(([kind, id]) => streamName({ kind, tenant: 'acme', id }))
const vector: fc.Arbitrary<Vector> = fc.record({
  streams: fc.array(fc.tuple(stream, seq), { maxLength: 12 }).map((entries) => new Map(entries)),
  position: seq,
})

describe('a token', () => {
  test('says what was put into it', () => {
    fc.assert(
      fc.property(vector, (vector) => {
        expect(codec.decode('acme', codec.encode('acme', vector))).toEqual({ ok: true, value: vector })
      }),
      { numRuns: 500 },
    )
  })

  test('is short enough for a header', () => {
    const three = vectorOf(
      ...(['user', 'profile', 'keys'] as const).map(
        (kind) => [streamName({ kind, tenant: 'acme', id: UUID }), 7] as const,
      ),
    )
    expect(codec.encode('acme', three).length).toBeLessThan(120)
  })

  test('speaks of its own tenant only', () => {
    const mixed = vectorOf([userStream('acme', 'a'), 1], [userStream('globex', 'a'), 2], [TENANTS_STREAM, 3])
    const own = vectorOf([userStream('acme', 'a'), 1], [TENANTS_STREAM, 3])
    expect(codec.decode('acme', codec.encode('acme', mixed))).toEqual({ ok: true, value: own })
  })

  test('is made anew for another tenant, although the vector is the same object', () => {
    const vector = vectorAt(3)
    expect(codec.encode('acme', vector)).toBe(codec.encode('acme', vector))
    expect(codec.encode('globex', vector)).not.toBe(codec.encode('acme', vector))
  })
})

describe('BAD_TOKEN', () => {
  const bad = (token: string, why: RegExp, tenant = 'acme', reader = codec) =>
    expect(reader.decode(tenant, token)).toMatchObject({
      ok: false,
      error: { code: 'BAD_TOKEN', message: expect.stringMatching(why) },
    })
  const token = codec.encode('acme', vectorOf([userStream('acme', 'ann'), 3]))

  test('where any bit was flipped', () => {
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      bad(altered.toString('base64url'), /altered/)
    }
  })

  test('where it was cut or lengthened', () => {
    for (let size = 0; size < token.length; size++) bad(token.slice(0, size), /malformed|altered/)
    bad(`${token}A`, /malformed|altered/)
    bad(` ${token}`, /malformed/)
    bad(`${token}=`, /malformed/)
    bad(token.repeat(500), /longer than any/)
  })

  test('where it is of another tenant, epoch or secret', () => {
    bad(token, /another tenant/, 'globex')
    const restored = tokenCodec('secret', 'epoch-2')
    bad(token, /another epoch.*read again/, 'acme', restored)
    expect(restored.decode('acme', token)).toMatchObject({ error: { details: { why: 'epoch' } } })
    bad(token, /not issued by this server/, 'acme', tokenCodec('other', 'epoch-1'))
  })

  test('where it holds a position, of a journal that was lost since; seqs are of the log', () => {
    const [before, after] = ['journal-1', 'journal-2'].map((journal) =>
      tokenCodec('secret', 'epoch-1', journal),
    )
    const ofStream = vectorOf([userStream('acme', 'u'), 3])
    const atPosition = before?.encode('acme', mergeVectors(ofStream, vectorAt(7))) ?? ''
    expect(before?.decode('acme', atPosition)).toMatchObject({ ok: true })
    expect(after?.decode('acme', atPosition)).toMatchObject({ error: { details: { why: 'epoch' } } })
    expect(after?.decode('acme', before?.encode('acme', ofStream) ?? '')).toEqual({
      ok: true,
      value: ofStream,
    })
  })

  test('whatever the text', () => {
    fc.assert(
      fc.property(units, (text) => {
        bad(text, /./)
      }),
    )
  })

  test('hostile bytes with a good signature are read within their bounds, and never throw', () => {
    fc.assert(
      fc.property(hostileBody, (body) => {
        const decoded = codec.decode('acme', signed(body))
        if (!decoded.ok) expect(decoded.error.code).toBe('BAD_TOKEN')
        for (const seq of decoded.ok ? [...decoded.value.streams.values(), decoded.value.position] : []) {
          expect(Number.isSafeInteger(seq)).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['of version 2', [2]],
    ['that ends in a text', [...HEAD, 0, 0, 5, 97]],
    ['that ends in a number', [...HEAD, 0x80]],
    ['with a number without end', [...HEAD, ...Array<number>(400).fill(0xff)]],
    ['with a number beyond 2^53', [...HEAD, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['with a stream of no kind', [...HEAD, 0, 12, 1, 97, 1]],
    ['without the seq of its stream', [...HEAD, 0, 0, 1, 97]],
  ])('a body %s', (_, body) => {
    bad(signed(Uint8Array.from(body)), /version that this server does not know/)
  })
})

describe('merging', () => {
  const same = (a: Vector, b: Vector) =>
    expect([Object.fromEntries(a.streams), a.position]).toEqual([Object.fromEntries(b.streams), b.position])

  test('is commutative, associative and idempotent, and nothing changes nothing', () => {
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        same(mergeVectors(a, b), mergeVectors(b, a))
        same(mergeVectors(a, mergeVectors(b, c)), mergeVectors(mergeVectors(a, b), c))
        same(mergeVectors(a, a), a)
        same(mergeVectors(a, EMPTY_VECTOR), a)
        same(mergeVectors(EMPTY_VECTOR, a), a)
      }),
    )
  })

  test('is at or past both, and no further', () => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const { streams, position } = mergeVectors(a, b)
        expect(position).toBe(Math.max(a.position, b.position))
        expect(new Set(streams.keys())).toEqual(new Set([...a.streams.keys(), ...b.streams.keys()]))
        for (const [name, seq] of streams)
          expect(seq).toBe(Math.max(a.streams.get(name) ?? 0, b.streams.get(name) ?? 0))
      }),
    )
  })

  test('changes neither', () => {
    const a = vectorOf([userStream('acme', 'a'), 1])
    mergeVectors(a, vectorOf([userStream('acme', 'a'), 2]))
    expect(a).toEqual(vectorOf([userStream('acme', 'a'), 1]))
  })
})

const UUID = '0198c0de-0000-7000-8000-000000000000'
const HEAD = [1, 7, ...Buffer.from('epoch-1'), 4, ...Buffer.from('acme')]

/** Bytes as they are, and bytes that get as far as the streams. */
const hostileBody = fc
  .tuple(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 60 }))
  .map(([known, bytes]) => (known ? Uint8Array.from([...HEAD, ...bytes]) : bytes))

/** With the signature that only the server can make. */
function signed(body: Uint8Array): string {
  const mac = createHmac('sha256', 'secret').update('token').update(body).digest().subarray(0, 12)
  return Buffer.concat([body, mac]).toString('base64url')
}
