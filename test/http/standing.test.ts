import { expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { Authenticator } from '../../src/http/auth.ts'
import { Standing } from '../../src/http/Standing.ts'
import { StateOfTurn } from '../../src/http/StateOfTurn.ts'
import { FakeDirectory } from './support/FakeDirectory.ts'

test('a key that was revoked has no standing, though somebody was let in with it earlier in the turn', async () => {
  const directory = new FakeDirectory()
  directory.addKey('good')
  const { views, feed } = directory.gateway({} as never)
  const authenticator = new Authenticator(views, new StateOfTurn(views), { hasBeenLevel: true }, 10)
  const presented = { ok: true, value: { hashed: hashSecret('good'), isOperator: false } } as const
  const credentials = { presented, tenant: undefined }
  const standing = new Standing(credentials, authenticator, feed)
  expect(await standing.authorise()).toMatchObject({ ok: true })
  expect(await authenticator.admit(credentials, '127.0.0.1')).toMatchObject({ ok: true })
  directory.revoke('good')
  expect(await standing.recheck()).toMatchObject({ ok: false, error: { code: 'UNAUTHENTICATED' } })
})
