import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/domain/input.ts'
import { profileStream, userStream } from '../../src/domain/streams.ts'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import { user, userByEmail, userByUsername } from '../../src/services/directory.ts'
import { createGroup } from '../../src/services/groups.ts'
import type { NewUser, UserPatch } from '../../src/services/userInput.ts'
import { createUser, deleteUser, updateUser } from '../../src/services/users.ts'
import { viewer } from '../support/pure.ts'
import { given } from '../support/spec.ts'

const writer = viewer('DIRECTORY_WRITE')
const ANN = { id: 'ann', username: 'Ann', email: 'ann@example.org', name: 'Ann Lee' }
const create = (input: NewUser) => () => createUser(writer, input)
const update = (id: string, patch: UserPatch) => () => updateUser(writer, id, patch, null)
const remove = (id: string) => () => deleteUser(writer, id, null)
const ann = () => given(create(ANN))
const identity = userStream('acme', 'ann')
const profile = profileStream('acme', 'ann')

describe('createUser', () => {
  test('sets what it was given and shows the user with its token', () => {
    const { user, token } = given()
      .when(create({ ...ANN, attributes: { team: 'core' } }))
      .writes(
        { type: 'SetUsername', userId: 'ann', username: 'Ann' },
        { type: 'SetUserEmail', userId: 'ann', email: 'ann@example.org' },
        { type: 'SetUserStatus', userId: 'ann', status: 'ACTIVE' },
        { type: 'SetUserName', userId: 'ann', name: 'Ann Lee' },
        { type: 'SetUserAttributes', userId: 'ann', attributes: { team: 'core' } },
      )
    expect(user).toMatchObject({ ...ANN, status: 'ACTIVE', attributes: { team: 'core' } })
    expect(token).toMatchObject({
      streams: new Map([
        [identity, 3],
        [profile, 2],
        [`${profile.replace('profile', 'keys')}`, 0],
      ]),
    })
  })

  test('needs no more than a username; the id is made', () => {
    const { user } = given()
      .when(create({ username: 'bob' }))
      .writes(
        { type: 'SetUsername', userId: 'id-1', username: 'bob' },
        { type: 'SetUserStatus', userId: 'id-1', status: 'ACTIVE' },
      )
    expect(user).toMatchObject({ id: 'id-1', email: null, name: null, attributes: {} })
  })

  test('tidies texts: trimmed, composed', () => {
    const { user } = given()
      .when(create({ username: '  Jose\u0301 ', name: '\tJ ' }))
      .succeeds()
    expect(user).toMatchObject({ username: 'José', name: 'J' })
  })

  test.each(['ANN', 'ａｎｎ', ' ann ', 'a\u200dnn'])(
    'refuses a username that is taken, as %j',
    (username) => {
      ann()
        .when(create({ username }))
        .fails('USERNAME_TAKEN', /^username: "ann" is taken/)
    },
  )

  test('refuses an email that is taken, and then holds no name either', () => {
    const world = ann()
    world
      .when(create({ username: 'bob', email: 'ANN@Example.ORG' }))
      .fails('EMAIL_TAKEN', /^email: "ann@example.org"/)
    world.when(create({ username: 'bob' })).succeeds()
  })

  test('tells names of users from emails', () => {
    given(create({ username: 'x@example.org' }))
      .when(create({ username: 'y', email: 'x@example.org' }))
      .succeeds()
  })

  test.each<[string, NewUser, RegExp]>([
    ['no username', { username: ' ' }, /^username: must not be empty, but was " "/],
    ['an invisible username', { username: '\u3164' }, /^username: must not be empty/],
    ['a long username', { username: 'x'.repeat(LIMITS.username + 1) }, /^username: must have at most 128/],
    ['a control character', { username: 'a\u0007b' }, /^username: must have no control .*"a\\u0007b"/],
    ['an override', { username: 'a', name: 'a\u202eb' }, /^name: .*a\\u\{202e\}b/],
    ['an email without @', { username: 'a', email: 'nobody' }, /^email: must be an address .*"nobody"/],
    ['an email with a space', { username: 'a', email: 'a b@c' }, /^email:/],
    ['an empty name', { username: 'a', name: '' }, /^name: must not be empty/],
    ['an id with a slash', { username: 'a', id: 'x/profile' }, /^id: must be 1 to 64/],
    ['an id that begins with _', { username: 'a', id: '_tenant' }, /^id:/],
    ['an id with a line end', { username: 'a', id: 'a\n' }, /^id:/],
    [
      'attributes that are no object',
      { username: 'a', attributes: [] as never },
      /^attributes: must be a JSON object/,
    ],
  ])('refuses %s', (_, input, message) => {
    given().when(create(input)).fails('BAD_USER_INPUT', message)
  })

  test('refuses an id that a user or a group has, or had', () => {
    const world = ann()
    world.and(() => createGroup(writer, { id: 'ops', name: 'Ops' }))
    world
      .when(create({ id: 'ann', username: 'other' }))
      .fails('BAD_USER_INPUT', /^id: must be one that was never used.*"ann"/)
    world.when(create({ id: 'ops', username: 'other' })).fails('BAD_USER_INPUT', /^id:/)
    world.and(remove('ann'))
    world.when(create({ id: 'ann', username: 'other' })).fails('BAD_USER_INPUT', /^id:/)
  })

  test('of two for one id at the same time, the second is told so', () => {
    const spec = given()
    spec.world.beforeNextCommit(() => spec.and(create({ id: 'ann', username: 'first' })))
    expect(spec.world.run(create({ id: 'ann', username: 'second' }))).toMatchObject({
      error: { code: 'BAD_USER_INPUT' },
    })
    expect(spec.world.retries).toBe(1)
  })

  test('a group that takes the id meanwhile wins it', () => {
    const spec = given()
    spec.world.beforeNextCommit(() => spec.and(() => createGroup(writer, { id: 'x', name: 'X' })))
    expect(spec.world.run(create({ id: 'x', username: 'x' }))).toMatchObject({
      error: { code: 'BAD_USER_INPUT' },
    })
  })
})

describe('updateUser', () => {
  const table: [string, UserPatch, object | null, object][] = [
    [
      'username',
      { username: 'Anna' },
      { type: 'SetUsername', userId: 'ann', username: 'Anna' },
      { username: 'Anna' },
    ],
    [
      'email',
      { email: 'a@b.c' },
      { type: 'SetUserEmail', userId: 'ann', email: 'a@b.c' },
      { email: 'a@b.c' },
    ],
    [
      'email, cleared',
      { email: null },
      { type: 'SetUserEmail', userId: 'ann', email: null },
      { email: null },
    ],
    ['name', { name: 'A' }, { type: 'SetUserName', userId: 'ann', name: 'A' }, { name: 'A' }],
    ['name, cleared', { name: null }, { type: 'SetUserName', userId: 'ann', name: null }, { name: null }],
    [
      'status',
      { status: 'SUSPENDED' },
      { type: 'SetUserStatus', userId: 'ann', status: 'SUSPENDED' },
      { status: 'SUSPENDED' },
    ],
    [
      'attributes',
      { attributes: { a: 1 } },
      { type: 'SetUserAttributes', userId: 'ann', attributes: { a: 1 } },
      { attributes: { a: 1 } },
    ],
    ['attributes that are empty already', { attributes: null }, null, { attributes: {} }],
    ['nothing', {}, null, ANN],
    ['what is so already', { ...ANN, status: 'ACTIVE', attributes: {} } as UserPatch, null, ANN],
  ]
  test.each(table)('changes only what the patch names: %s', (_, patch, event, shows) => {
    const { user } = ann()
      .when(update('ann', patch))
      .writes(...((event === null ? [] : [event]) as never[]))
    expect(user).toMatchObject({ ...ANN, ...shows })
  })

  test('clears attributes', () => {
    const { user } = given(create({ ...ANN, attributes: { a: 1 } }))
      .when(update('ann', { attributes: null }))
      .succeeds()
    expect(user.attributes).toEqual({})
  })

  test.each<[UserPatch, RegExp]>([
    [{ username: null }, /^patch.username: must not be null/],
    [{ status: null }, /^patch.status: must not be null/],
    [{ status: 'DELETED' }, /^patch.status: .*use deleteUser.*"DELETED"/],
    [{ username: '' }, /^patch.username: must not be empty/],
    [{ email: '@' }, /^patch.email/],
    [{ name: 'x'.repeat(257) }, /^patch.name: must have at most 256/],
    [{ attributes: 3 as never }, /^patch.attributes: must be a JSON object, but was 3/],
  ])('refuses %j', (patch, message) => {
    ann().when(update('ann', patch)).fails('BAD_USER_INPUT', message)
  })

  test('renames that change only case keep the name', () => {
    const world = ann()
    world
      .when(update('ann', { username: 'ANN', email: 'Ann@Example.org' }))
      .writes(
        { type: 'SetUsername', userId: 'ann', username: 'ANN' },
        { type: 'SetUserEmail', userId: 'ann', email: 'Ann@Example.org' },
      )
    world.when(create({ username: 'ann' })).fails('USERNAME_TAKEN')
    world.when(create({ username: 'x', email: 'ann@example.org' })).fails('EMAIL_TAKEN')
  })

  test('a rename sets the old name free and takes the new one', () => {
    const world = ann()
    world.and(update('ann', { username: 'anna', email: null }))
    world.when(create({ username: 'ANNA' })).fails('USERNAME_TAKEN')
    world.when(create({ id: 'new', username: 'ann', email: 'ann@example.org' })).succeeds()
    world.when(update('ann', { email: 'ann@example.org' })).fails('EMAIL_TAKEN')
    world.when(update('ann', { username: 'Ann' })).fails('USERNAME_TAKEN')
  })

  test('a name that is taken leaves everything as it was', () => {
    const world = given(create(ANN), create({ id: 'bob', username: 'bob' }))
    world.when(update('bob', { username: 'bobby', email: 'ann@example.org', name: 'B' })).fails('EMAIL_TAKEN')
    world.when(create({ username: 'bobby' })).succeeds()
    world.when(create({ username: 'bob' })).fails('USERNAME_TAKEN')
  })

  test('knows no user that is not there', () => {
    const world = ann()
    world.when(update('bob', { name: 'B' })).fails('NOT_FOUND', /^id: there is no user "bob"/)
    world.when(update('ann/profile', { name: 'B' })).fails('NOT_FOUND')
    world.and(remove('ann'))
    world.when(update('ann', { status: 'ACTIVE' })).fails('NOT_FOUND')
  })

  test('decides anew after a lost race, and loses nothing', () => {
    const spec = ann()
    spec.world.beforeNextCommit(() => spec.and(update('ann', { email: 'new@example.org' })))
    expect(spec.and(update('ann', { username: 'Anna' })).user).toMatchObject({
      username: 'Anna',
      email: 'new@example.org',
    })
    expect(spec.world.retries).toBe(1)
    // The names that the winner took and set free are as it left them.
    spec.when(create({ username: 'x', email: 'NEW@example.org' })).fails('EMAIL_TAKEN')
    spec.when(create({ username: 'x', email: 'ann@example.org' })).succeeds()
  })

  test('writers of other fields do not race', () => {
    const spec = ann()
    spec.world.beforeNextCommit(() => spec.and(update('ann', { name: 'Other' })))
    spec.and(update('ann', { username: 'Anna' }))
    expect(spec.world.retries).toBe(0)
  })

  test('whoever loses every race is told to try again', () => {
    const spec = ann()
    let n = 0
    const rival = () => {
      spec.and(update('ann', { username: `rival-${++n}` }))
      spec.world.beforeNextCommit(rival)
    }
    // The rival's own commit comes first, so that it never meets itself.
    spec.world.beforeNextCommit(rival)
    const lost = spec.world.run(update('ann', { username: 'Anna' }))
    expect(lost).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } })
    expect(n).toBe(24)
  })
})

describe('deleteUser', () => {
  test('sets the status and frees both names', () => {
    const world = ann()
    world.when(remove('ann')).writes({ type: 'SetUserStatus', userId: 'ann', status: 'DELETED' })
    expect(world.and(create({ username: 'ann', email: ANN.email })).user.id).toBe('id-1')
    world.when(remove('ann')).fails('NOT_FOUND', /"ann"/)
  })

  test('the successor keeps its names when the predecessor is deleted again', () => {
    const world = given(create(ANN), remove('ann'), create({ id: 'ann2', username: 'ann', email: ANN.email }))
    world.when(remove('ann')).fails('NOT_FOUND')
    world.when(create({ username: 'ann' })).fails('USERNAME_TAKEN')
  })

  test('is seen by id as deleted, and by name not at all', () => {
    const world = given(create(ANN), remove('ann'))
    expect(world.and(() => user(writer, 'ann', null)).value?.status).toBe('DELETED')
    expect(world.and(() => userByUsername(writer, 'ann', null)).value).toBeNull()
    expect(world.and(() => userByEmail(writer, ANN.email, null)).value).toBeNull()
  })
})

describe('ifMatch', () => {
  const token = vectorOf([identity, 3], [profile, 1])

  test('lets a write through that is exactly there', () => {
    ann()
      .when(() => updateUser(writer, 'ann', { username: 'Anna', name: 'A' }, token))
      .succeeds()
  })

  test('asks only of the streams that are written', () => {
    const world = given(create(ANN), update('ann', { name: 'Other' }))
    world.when(() => updateUser(writer, 'ann', { username: 'Anna' }, token)).succeeds()
  })

  test.each([
    ['is behind', vectorOf([identity, 2], [profile, 1])],
    ['is ahead', vectorOf([identity, 4], [profile, 1])],
    ['speaks of one stream of two', vectorOf([identity, 3])],
    ['is of another user', vectorOf([userStream('acme', 'bob'), 3])],
    ['is only a position', vectorAt(99)],
  ])('refuses a token that %s, and names where the streams are', (_, stale) => {
    const details = ann()
      .when(() => updateUser(writer, 'ann', { username: 'Anna', name: 'A' }, stale))
      .fails('STALE_TOKEN', /^ifMatch: .*read it again/)
    expect(details.current).toEqual(token)
  })

  test('a stale token is refused even where nothing would change', () => {
    ann()
      .when(() => updateUser(writer, 'ann', { username: 'Ann' }, vectorOf([identity, 1])))
      .fails('STALE_TOKEN')
  })

  test('vouches for a stream that has no event yet', () => {
    const bob = given(create({ id: 'bob', username: 'bob' }))
    const { token } = bob.and(() => user(writer, 'bob', null))
    bob.when(() => updateUser(writer, 'bob', { name: 'Bob' }, token)).succeeds()
    bob.when(() => updateUser(writer, 'bob', { name: 'Rob' }, token)).fails('STALE_TOKEN')
  })

  test('of two writers with one token, one wins', () => {
    const spec = ann()
    const write = (name: string) => () => updateUser(writer, 'ann', { name }, token)
    spec.world.beforeNextCommit(() => spec.and(write('first')))
    const second = spec.world.run(write('second'))
    expect(second).toMatchObject({
      error: { code: 'STALE_TOKEN', details: { current: vectorOf([profile, 2]) } },
    })
  })

  test('holds for deleting too', () => {
    const world = ann()
    world.when(() => deleteUser(writer, 'ann', vectorOf([identity, 2]))).fails('STALE_TOKEN')
    world.when(() => deleteUser(writer, 'ann', token)).succeeds()
  })
})

describe('the token of a write', () => {
  test('makes a command that changed nothing show what it found', () => {
    const world = ann()
    world.world.holdViews()
    world.when(update('ann', { name: 'B' }))
    // The log says "B" already, the views do not: "B" must not be answered with a stale row.
    world.when(update('ann', { name: 'B' })).fails('VIEW_BEHIND')
    world.world.releaseViews()
    const { user, token } = world.when(update('ann', { name: 'B' })).writes()
    expect(user.name).toBe('B')
    expect(token.streams.get(profile)).toBe(2)
  })

  test.each<UserPatch>([{}, { name: null }])(
    'the patch %j of a user whom the views do not know yet',
    (patch) => {
      const spec = given()
      spec.world.holdViews()
      expect(spec.world.run(create({ id: 'ann', username: 'ann' }))).toMatchObject({ ok: false })
      const details = spec.when(update('ann', patch)).fails('VIEW_BEHIND')
      expect(details).toMatchObject({ wanted: vectorOf([identity, 2]) })
      spec.world.releaseViews()
      expect(spec.when(update('ann', patch)).writes().user).toMatchObject({ username: 'ann' })
    },
  )

  test('a write that the views do not show in time is done all the same', () => {
    const spec = ann()
    spec.world.holdViews()
    const late = spec.world.run(update('ann', { name: 'B' }))
    expect(late).toMatchObject({
      error: { code: 'VIEW_BEHIND', details: { committed: true, wanted: vectorOf([profile, 2]) } },
    })
    spec.world.releaseViews()
    expect(spec.and(() => user(writer, 'ann', null)).value?.name).toBe('B')
  })
})
