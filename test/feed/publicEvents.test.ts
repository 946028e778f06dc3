import { describe, expect, it, test } from 'vitest'
import { EVENT_TYPES } from '../../src/domain/events.ts'
import type { StreamName } from '../../src/domain/streams.ts'
import { cloudEvent } from '../../src/feed/cloudEvent.ts'
import { isPublic, PUBLIC_NAMES, publicForm } from '../../src/feed/publicEvents.ts'
import { publicSchemas } from '../../src/feed/publicSchemas.ts'
import { META } from '../conformance/eventLog/commits.ts'
import { type PublishedSchema, published, validateEvent } from './eventSchemas.ts'
import { API_KEY, FULL_META, recorded, STREAMS, TOLD } from './told.ts'

const noEmail = recorded({ type: 'SetUserEmail', userId: 'ann', email: null }, 12)

describe('the public form', () => {
  it.each(TOLD)('of $recorded.event.type at $recorded.seq is $name', ({ recorded, name, subject, state }) => {
    const data = { ...state, actor: META.actor, cause: META.cause }
    expect(publicForm(recorded)).toEqual({ name, subject, data })
  })

  it('is there for every event but those of API keys, and each name is used', () => {
    const told = new Set<string>(TOLD.map(({ recorded }) => recorded.event.type))
    expect(Object.keys(EVENT_TYPES).filter((type) => !told.has(type))).toEqual(['SetApiKey'])
    expect(new Set(TOLD.map(({ name }) => name))).toEqual(new Set(PUBLIC_NAMES))
  })

  it('is not there for a stream of API keys, nor for what is no stream', () => {
    const kinds = Object.entries(STREAMS).filter(([, stream]) => !isPublic(stream))
    expect(kinds.map(([kind]) => kind)).toEqual(['keys'])
    expect(isPublic('anything' as StreamName)).toBe(false)
    expect(() => publicForm(recorded(API_KEY))).toThrow('API keys')
  })

  it('is not guessed for an event of a newer release', () => {
    const newer = { ...noEmail, event: { type: 'Unknown', name: 'SetUserPhoto', data: '{}' } } as const
    expect([publicForm(newer), cloudEvent('e1', newer)]).toEqual([null, null])
  })
})

describe('a CloudEvent', () => {
  it('says what, of whom, when and where it stands', () => {
    expect(cloudEvent('e1', noEmail)).toEqual({
      specversion: '1.0',
      id: 'e1/acme/user/ann/12',
      source: '/rollcall/tenants/acme',
      type: 'dev.rollcall.user.email.changed.v1',
      subject: 'user/ann',
      time: META.at,
      datacontenttype: 'application/json',
      dataschema: 'https://rollcall.dev/schema/events/user.email.changed.v1.json',
      partitionkey: 'acme/user/ann',
      sequence: '0000000000000012',
      epoch: 'e1',
      data: { user: { id: 'ann', email: null }, actor: META.actor, cause: META.cause },
    })
  })

  it('of a tenant is of rollcall itself', () => {
    const event = recorded({ type: 'SetTenant', tenantId: 'acme', name: 'Acme' })
    expect(cloudEvent('e1', event)).toMatchObject({ source: '/rollcall', partitionkey: 'tenants' })
  })

  it('tells nothing of the request but its id', () => {
    const all = JSON.stringify(TOLD.map(({ recorded }) => cloudEvent('e1', recorded)))
    for (const inside of [FULL_META.ip, FULL_META.idempotencyKey]) expect(all).not.toContain(inside)
  })
})

describe('schema/events/', () => {
  it('has a file for every name, as codegen.ts writes it, and none beside', () => {
    expect(published).toEqual(publicSchemas())
  })

  it.each(TOLD)(
    'takes $recorded.event.type at $recorded.seq as $name, and names all that is in it',
    (told) => {
      const made = cloudEvent('e1', told.recorded)
      validateEvent(made)
      expect(fieldsIn(published.get(told.name)?.properties ?? {})).toEqual(fieldsOf(made?.data ?? {}))
      expect(Object.keys(made ?? {}).sort()).toEqual(published.get('event')?.required.toSorted())
    },
  )

  test.each([
    ['another type', { type: 'dev.rollcall.user.deleted.v1' }],
    ['another schema', { dataschema: 'https://rollcall.dev/schema/events/user.deleted.v1.json' }],
    ['no id', { id: undefined }],
    ['a time that is none', { time: 'yesterday' }],
    ['a sequence that does not sort', { sequence: '12' }],
    ['data without its user', { data: { actor: META.actor, cause: null } }],
  ])('refuses %s', (_, wrong) => {
    expect(() => validateEvent({ ...cloudEvent('e1', noEmail), ...wrong })).toThrow()
  })

  it('takes fields that a later release adds', () => {
    const made = cloudEvent('e1', noEmail)
    validateEvent({ ...made, traceparent: '00-1', data: { ...made?.data, verified: true } })
  })
})

/** The names of fields, two levels deep. */
const fieldsOf = (data: object): object =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      value !== null && typeof value === 'object' ? Object.keys(value).sort() : [],
    ]),
  )
const fieldsIn = (properties: PublishedSchema['properties']): object =>
  Object.fromEntries(
    Object.entries(properties).map(([name, { properties: inner = {} }]) => [name, Object.keys(inner).sort()]),
  )
