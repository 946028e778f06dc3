import type { SetApiKey } from '../domain/events.ts'
import type { UserFacts } from '../domain/fold.ts'
import type { ApiKeyRow, UserRow } from './rows.ts'

/** The user's row, or null while nothing is to be shown. */
export const userRow = (facts: UserFacts, seqs: UserRow['seqs']): UserRow | null =>
  facts.username === null ? null : { ...facts, username: facts.username, seqs }

/** A key as views show it: without its hash. */
export const keyRow = ({ type: _type, keyId, hash: _hash, ...row }: SetApiKey): ApiKeyRow => ({
  id: keyId,
  ...row,
})
