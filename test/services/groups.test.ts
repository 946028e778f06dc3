import { describe, expect, test } from 'vitest'
import { MAX_GROUP_DEPTH } from '../../src/domain/group.ts'
import { groupStream, membersStream } from '../../src/domain/streams.ts'
import { vectorOf } from '../../src/domain/token.ts'
import { group, groupByName } from '../../src/services/directory.ts'
import {
  createGroup,
  deleteGroup,
  type GroupPatch,
  type NewGroup,
  updateGroup,
} from '../../src/services/groups.ts'
import { setMembership } from '../../src/services/memberships.ts'
import { createUser } from '../../src/services/users.ts'
import { viewer } from '../support/pure.ts'
import { type Given, given } from '../support/spec.ts'

const writer = viewer('DIRECTORY_WRITE')
const create = (input: NewGroup) => () => createGroup(writer, input)
const named = (id: string, parentId: string | null = null) => create({ id, name: id, parentId })
const update = (id: string, patch: GroupPatch) => () => updateGroup(writer, id, patch, null)
const move = (id: string, parentId: string | null) => update(id, { parentId })
const remove = (id: string) => () => deleteGroup(writer, id, null)
const parentOf = (world: Given, id: string) => world.and(() => group(writer, id, null)).value?.parentId

describe('createGroup', () => {
  test('sets what it was given and shows the group with its token', () => {
    const { group, token } = given(named('top'))
      .when(create({ id: 'ops', name: ' Ops ', description: 'on call', parentId: 'top' }))
      .writes(
        { type: 'SetGroupName', groupId: 'ops', name: 'Ops' },
        { type: 'SetGroupDescription', groupId: 'ops', description: 'on call' },
        { type: 'SetGroupParent', groupId: 'ops', parentId: 'top' },
        { type: 'SetGroupStatus', groupId: 'ops', status: 'ACTIVE' },
      )
    expect(group).toMatchObject({
      id: 'ops',
      name: 'Ops',
      description: 'on call',
      parentId: 'top',
      memberCount: 0,
    })
    const streams = vectorOf([groupStream('acme', 'ops'), 4], [membersStream('acme', 'ops'), 0])
    expect(vectorOf(...token.streams)).toEqual(streams)
  })

  test.each<[string, NewGroup]>([
    ['absent', { name: 'Ops' }],
    ['undefined', { name: 'Ops', id: undefined, description: undefined, parentId: undefined }],
    ['null', { name: 'Ops', id: null, description: null, parentId: null }],
  ])('writes the same for fields that are %s', (_, input) => {
    given()
      .when(create(input))
      .writes(
        { type: 'SetGroupName', groupId: 'id-1', name: 'Ops' },
        { type: 'SetGroupDescription', groupId: 'id-1', description: '' },
        { type: 'SetGroupStatus', groupId: 'id-1', status: 'ACTIVE' },
      )
  })

  test.each<[NewGroup, RegExp]>([
    [{ name: ' ' }, /^name: must not be empty/],
    [{ name: 'x'.repeat(257) }, /^name: must have at most 256/],
    [{ name: 'x', description: 'x'.repeat(4_097) }, /^description: must have at most 4096/],
    [{ name: 'x', description: 'a\0b' }, /^description: must have no control/],
    [{ name: 'x', id: '' }, /^id: must be 1 to 64/],
  ])('refuses bad input', (input, message) => {
    given().when(create(input)).fails('BAD_USER_INPUT', message)
  })

  test('refuses a name that is taken, and an id that was used', () => {
    const world = given(named('ops'), () => createUser(writer, { id: 'ann', username: 'ann' }))
    world.when(create({ name: 'OPS' })).fails('GROUP_NAME_TAKEN', /^name: "ops" is taken/)
    world.when(create({ id: 'ops', name: 'x' })).fails('BAD_USER_INPUT', /^id: .*"ops"/)
    world.when(create({ id: 'ann', name: 'x' })).fails('BAD_USER_INPUT', /^id: .*"ann"/)
  })

  test('refuses a parent that is not there, or no more', () => {
    const world = given(named('old'), remove('old'))
    world.when(named('a', 'none')).fails('NOT_FOUND', /^parentId: there is no group "none"/)
    world.when(named('a', 'old')).fails('NOT_FOUND', /"old"/)
    world.when(named('a', 'a')).fails('GROUP_CYCLE', /^parentId: "a" is the group itself/)
  })

  test('a parent that is deleted meanwhile is no parent', () => {
    const spec = given(named('top'))
    spec.world.beforeNextCommit(() => spec.and(remove('top')))
    expect(spec.world.run(named('a', 'top'))).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })
})

describe('updateGroup', () => {
  const ops = () => given(named('top'), create({ id: 'ops', name: 'Ops', description: 'd', parentId: 'top' }))

  const table: [GroupPatch, object | null][] = [
    [{ name: 'Operations' }, { type: 'SetGroupName', groupId: 'ops', name: 'Operations' }],
    [{ name: 'OPS' }, { type: 'SetGroupName', groupId: 'ops', name: 'OPS' }],
    [{ description: 'new' }, { type: 'SetGroupDescription', groupId: 'ops', description: 'new' }],
    [{ description: null }, { type: 'SetGroupDescription', groupId: 'ops', description: '' }],
    [{ parentId: null }, { type: 'SetGroupParent', groupId: 'ops', parentId: null }],
    [{}, null],
    [{ name: 'Ops', description: 'd', parentId: 'top' }, null],
    [{ name: undefined, description: undefined, parentId: undefined }, null],
  ]
  test.each(table)('changes only what the patch names: %j', (patch, event) => {
    ops()
      .when(update('ops', patch))
      .writes(...((event === null ? [] : [event]) as never[]))
  })

  test('refuses bad input', () => {
    ops()
      .when(update('ops', { name: null }))
      .fails('BAD_USER_INPUT', /^patch.name: must not be null/)
    ops()
      .when(update('ops', { name: '' }))
      .fails('BAD_USER_INPUT', /^patch.name: must not be empty/)
    ops()
      .when(update('ops', { description: '\u0001' }))
      .fails('BAD_USER_INPUT', /^patch.description/)
  })

  test('a rename frees the old name and takes the new one; one of case keeps it', () => {
    const world = ops()
    world.and(update('ops', { name: 'OPS' }))
    world.when(create({ name: 'ops' })).fails('GROUP_NAME_TAKEN')
    world.when(update('ops', { name: 'TOP' })).fails('GROUP_NAME_TAKEN', /^name: "top"/)
    world.and(update('ops', { name: 'dev' }))
    world.when(create({ name: 'Dev' })).fails('GROUP_NAME_TAKEN')
    world.when(create({ name: 'ops' })).succeeds()
  })

  test('knows no group that is not there', () => {
    const world = ops()
    world.when(update('none', { name: 'x' })).fails('NOT_FOUND', /^id: there is no group "none"/)
    world.when(update('ops/members', { name: 'x' })).fails('NOT_FOUND')
    world.when(move('ops', 'none')).fails('NOT_FOUND', /^patch.parentId: .*"none"/)
  })

  test('a parent that was deleted is gone: naming it again fails, null and another one do not', () => {
    const world = ops()
    world.and(remove('top'))
    expect(parentOf(world, 'ops')).toBeNull()
    world.when(move('ops', 'top')).fails('NOT_FOUND', /^patch.parentId: there is no group "top"/)
    world.when(move('ops', null)).succeeds()
  })

  test('ifMatch must be exactly where the group is', () => {
    const world = ops()
    const at = (seq: number) => vectorOf([groupStream('acme', 'ops'), seq])
    const rename = (seq: number) => () => updateGroup(writer, 'ops', { name: 'x' }, at(seq))
    expect(world.when(rename(3)).fails('STALE_TOKEN').current).toEqual(at(4))
    expect(world.when(rename(5)).fails('STALE_TOKEN').current).toEqual(at(4))
    world
      .when(() => updateGroup(writer, 'ops', { name: 'x' }, vectorOf([membersStream('acme', 'ops'), 0])))
      .fails('STALE_TOKEN')
    world.when(rename(4)).succeeds()
    world.when(() => deleteGroup(writer, 'ops', at(4))).fails('STALE_TOKEN')
    world.when(() => deleteGroup(writer, 'ops', at(5))).succeeds()
  })

  test('one that is deleted before it can be shown is not found, and the error says that the write was done', () => {
    const spec = ops()
    const key = { idempotencyKey: 'k' }
    const { token } = spec.and(update('ops', { name: 'x' }), key)
    spec.and(remove('ops'))
    const details = spec
      .when(update('ops', { name: 'x' }), key)
      .fails('NOT_FOUND', /^id: there is no group "ops" any more: the write was done/)
    expect(details).toMatchObject({
      committed: true,
      wanted: { streams: new Map([...token.streams].slice(0, 1)) },
    })
    expect(spec.when(update('ops', { name: 'y' })).fails('NOT_FOUND')).not.toHaveProperty('committed')
  })
})

describe('nesting', () => {
  test.each([
    ['itself', 'a'],
    ['its child', 'b'],
    ['a group far below', 'c'],
  ])('a group cannot be below %s', (_, parentId) => {
    given(named('a'), named('b', 'a'), named('c', 'b'))
      .when(move('a', parentId))
      .fails('GROUP_CYCLE', new RegExp(`^patch.parentId: "${parentId}" is the group itself or below it`))
  })

  test('what was a cycle is none once the link is gone', () => {
    const world = given(named('a'), named('b', 'a'), named('c', 'b'), move('b', null))
    world.when(move('a', 'c')).succeeds()
    expect(parentOf(world, 'a')).toBe('c')
  })

  test('a deleted group in between ends the line', () => {
    const world = given(named('a'), named('b', 'a'), named('c', 'b'), remove('b'))
    world.when(move('a', 'c')).succeeds()
  })

  test('two moves that would close a cycle together cannot both win', () => {
    const spec = given(named('a'), named('b'))
    spec.world.beforeNextCommit(() => spec.and(move('b', 'a')))
    expect(spec.world.run(move('a', 'b'))).toMatchObject({ error: { code: 'GROUP_CYCLE' } })
    expect([parentOf(spec, 'a'), parentOf(spec, 'b')]).toEqual([null, 'a'])
  })

  test('nor can two moves far apart', () => {
    const spec = given(
      named('a'),
      named('a1', 'a'),
      named('a2', 'a1'),
      named('b'),
      named('b1', 'b'),
      named('b2', 'b1'),
    )
    spec.world.beforeNextCommit(() => spec.and(move('b', 'a2')))
    expect(spec.world.run(move('a', 'b2'))).toMatchObject({ error: { code: 'GROUP_CYCLE' } })
  })

  test('three moves that would close a cycle together cannot all win', () => {
    const spec = given(named('a'), named('b'), named('c'))
    spec.world.beforeNextCommit(() => {
      spec.and(move('b', 'c'))
      spec.and(move('c', 'a'))
    })
    expect(spec.world.run(move('a', 'b'))).toMatchObject({ error: { code: 'GROUP_CYCLE' } })
  })

  test(`goes ${MAX_GROUP_DEPTH} groups above, and no further`, () => {
    const world = given(named('g1'))
    for (let n = 2; n <= MAX_GROUP_DEPTH + 1; n++) world.and(named(`g${n}`, `g${n - 1}`))
    const lowest = `g${MAX_GROUP_DEPTH + 1}`
    world
      .when(named('more', lowest))
      .fails('BAD_USER_INPUT', /^parentId: must be nested at most 32 groups deep, but was "g33"/)
    // The limit hides no cycle: whichever is found first, nothing is written.
    expect(world.world.run(move('g1', lowest)).ok).toBe(false)
  })
})

describe('deleteGroup', () => {
  test('frees the name, ends its memberships and leaves its children without a parent', () => {
    const world = given(
      () => createUser(writer, { id: 'ann', username: 'ann' }),
      named('top'),
      named('ops', 'top'),
      () => setMembership(writer, { groupId: 'top', userId: 'ann' }, null, null),
    )
    world.when(remove('top')).writes({ type: 'SetGroupStatus', groupId: 'top', status: 'DELETED' })
    expect(world.and(() => group(writer, 'top', null)).value).toBeNull()
    expect(world.and(() => groupByName(writer, 'top', null)).value).toBeNull()
    expect(parentOf(world, 'ops')).toBeNull()
    world.when(remove('top')).fails('NOT_FOUND')
    world.when(update('top', { name: 'x' })).fails('NOT_FOUND')
    world
      .when(() => setMembership(writer, { groupId: 'top', userId: 'ann' }, null, null))
      .fails('NOT_FOUND', /^groupId/)
    world.when(create({ id: 'top2', name: 'TOP' })).succeeds()
  })
})
