import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/domain/events.ts'
import { EVENT_TYPES, type RecordedEvent } from '../../src/domain/events.ts'
import { streamName, type TenantId } from '../../src/domain/streams.ts'
import { Relations } from '../../src/queries/Relations.ts'

/** A log in an array that counts what it was asked for. */
class ScannedLog {
  readonly events: RecordedEvent[] = []
  read = 0
  failures = 0

  append(tenant: TenantId, event: Event): void {
    const id = 'groupId' in event ? event.groupId : 'userId' in event ? event.userId : ''
    const stream = streamName({ kind: EVENT_TYPES[event.type].stream, tenant, id })
    const seq = this.events.filter((each) => each.stream === stream).length + 1
    const meta = { actor: { kind: 'system', id: null, label: null }, at: '', cause: null } as const
    const position = this.events.length + 1
    this.events.push({
      stream,
      seq,
      position,
      version: 1,
      event,
      meta: { ...meta, idempotencyKey: null, ip: null },
    })
  }

  join(groupId: string, userId: string, tenant = 'acme'): void {
    this.append(tenant, { type: 'SetMembership', groupId, userId, role: 'MEMBER' })
  }

  async scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    if (this.failures-- > 0) throw new Error('the disk is away')
    const page = this.events
      .slice(after)
      .filter(({ stream }) => stream.startsWith(`${tenant}/`))
      .slice(0, limit)
    this.read += page.length
    return page
  }
}

const places = (ranges: readonly { stream: string; after: number }[] = []) =>
  ranges.map(({ stream, after }) => `${stream} ${after + 1}`)

describe('relations', () => {
  test('say where memberships were set and which groups were ever below, of one tenant', async () => {
    const log = new ScannedLog()
    log.join('g', 'ann')
    log.join('g', 'bob')
    log.join('g', 'ann', 'globex')
    log.join('h', 'ann')
    log.append('acme', { type: 'SetMembership', groupId: 'g', userId: 'ann', role: null })
    log.append('acme', { type: 'SetGroupParent', groupId: 'g', parentId: 'top' })
    log.append('acme', { type: 'SetGroupParent', groupId: 'g', parentId: 'h' })
    log.append('acme', { type: 'SetGroupParent', groupId: 'g', parentId: null })
    const relations = new Relations(log)
    const [ann, nobody] = await relations.membershipEvents('acme', ['ann', 'nobody'])
    expect(places(ann)).toEqual([
      'acme/group/g/members 1',
      'acme/group/h/members 1',
      'acme/group/g/members 3',
    ])
    expect(places(nobody)).toEqual([])
    expect(await relations.childrenEver('acme', ['top', 'h', 'g'])).toEqual([['g'], ['g'], []])
  })

  test('read each event once, and know at once what was appended', async () => {
    const log = new ScannedLog()
    for (let i = 0; i < 2_500; i++) log.join('g', `u${i}`)
    const relations = new Relations(log)
    await Promise.all([
      relations.membershipEvents('acme', ['u1']),
      relations.membershipEvents('acme', ['u2']),
    ])
    log.join('h', 'u1')
    const [found] = await relations.membershipEvents('acme', ['u1'])
    expect(places(found)).toEqual(['acme/group/g/members 2', 'acme/group/h/members 1'])
    expect(log.read).toBe(2_501)
  })

  test('of a tenant that is too large are folded anew for each question, and right', async () => {
    const log = new ScannedLog()
    for (let i = 0; i < 100; i++) log.join(`g${i % 7}`, `u${i}`)
    log.append('acme', { type: 'SetGroupParent', groupId: 'g1', parentId: 'g2' })
    const relations = new Relations(log, { maxRemembered: 50 })
    const ask = async () => places((await relations.membershipEvents('acme', ['u99']))[0])
    expect(await ask()).toEqual(['acme/group/g1/members 15'])
    log.join('g0', 'u99')
    expect(await ask()).toEqual(['acme/group/g1/members 15', 'acme/group/g0/members 16'])
    expect(await relations.childrenEver('acme', ['g2'])).toEqual([['g1']])
  })

  test('go on after a failure from where they were', async () => {
    const log = new ScannedLog()
    log.join('g', 'ann')
    log.failures = 1
    const relations = new Relations(log)
    await expect(relations.membershipEvents('acme', ['ann'])).rejects.toThrow('the disk is away')
    expect(places((await relations.membershipEvents('acme', ['ann']))[0])).toEqual(['acme/group/g/members 1'])
  })
})
