import type { RecordedEvent } from '../../../domain/events.ts'
import { tenantOfStream } from '../../../domain/streams.ts'
import type { Progress } from '../../state.ts'
import type { Statements } from '../Statements.ts'

/** PostgreSQL takes notifications of less than 8,000 bytes. */
const MAX_TOLD_CHARS = 2_000
/** Entries of the journal that are looked at in one step to the end of a load: some tenths of a second. */
const STEP = 20_000

/** `$1`: how far the stream of tenants is, as the batch has left it. `$2`: the channel. `$3`: whose events came. */
const settingPosition = (position: string, condition = 'true'): string => `WITH moved AS (
    UPDATE progress SET position = greatest(position, ${position}), batch = batch + 1, tenants_seq = greatest(tenants_seq, $1)
    WHERE ${condition} RETURNING position, batch)
  SELECT position, pg_notify($2, json_build_array(batch, position, $3::json)::text) FROM moved`

/** How far this generation has applied the stream of an entry `j` of the journal. */
const applied = (tenantsSeq: string): string => `coalesce(CASE split_part(j.stream, '/', 2)
    WHEN 'user' THEN (
      SELECT CASE split_part(j.stream, '/', 4) WHEN 'profile' THEN u.profile_seq WHEN 'keys' THEN u.keys_seq ELSE u.user_seq END
      FROM users u WHERE u.key = j.tenant || '/' || split_part(j.stream, '/', 3))
    WHEN 'group' THEN (
      SELECT CASE split_part(j.stream, '/', 4) WHEN 'members' THEN g.members_seq ELSE g.group_seq END
      FROM groups g WHERE g.key = j.tenant || '/' || split_part(j.stream, '/', 3))
    ELSE ${tenantsSeq} END, 0)`

/** Whether this generation is still to apply the entry: what it has quarantined it is not. */
const isLacking = (tenantsSeq: string): string =>
  `${applied(tenantsSeq)} < j.seq AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.stream = j.stream)`

/** Before the first entry that this generation lacks; while it is loaded it lacks many, and stays where it is. */
const BEFORE_FIRST_LACKING = `CASE WHEN progress.loading THEN progress.position ELSE coalesce(
    (SELECT j.position - 1 FROM journal j
      WHERE j.position > progress.position AND ${isLacking('greatest(progress.tenants_seq, $1)')} ORDER BY j.position LIMIT 1),
    head.position) END`

/**
 * After the batch was entered into the journal: a generation that had all that was in it before has all that is in it now. One that is
 * behind, since another one serves too and was quicker, stands before the first entry that it has not applied.
 */
const ENTERED = settingPosition(`(
  SELECT CASE WHEN progress.position >= head.previous THEN head.position ELSE ${BEFORE_FIRST_LACKING} END FROM journal_head head)`)

/** After a batch with nothing for the journal, which yet changed rows. */
const UNENTERED = `(SELECT ${BEFORE_FIRST_LACKING} FROM journal_head head)`
const CHANGED = settingPosition(UNENTERED)

/** After one that changed nothing. */
const NOTHING_CHANGED = settingPosition(
  UNENTERED,
  'NOT loading AND position < (SELECT position FROM journal_head)',
)

const FINISHING = `WITH
  page AS (
    SELECT j.position, j.tenant, j.stream, j.seq FROM journal j, progress
    WHERE j.position > progress.position ORDER BY j.position LIMIT ${STEP}),
  lacking AS (SELECT min(j.position) AS position FROM page j, progress WHERE ${isLacking('progress.tenants_seq')}),
  seen AS (SELECT max(position) AS position, count(*) AS entries FROM page),
  moved AS (
    UPDATE progress SET
      position = greatest(progress.position, coalesce(lacking.position - 1, seen.position)),
      loading = lacking.position IS NULL AND seen.entries = ${STEP},
      batch = batch + 1
    FROM lacking, seen RETURNING progress.loading, progress.batch, progress.position)
  SELECT loading, moved.position, head.position, pg_notify($1, json_build_array(batch, moved.position, null)::text)
  FROM moved, journal_head head`

export interface MoveOptions {
  /** On which it is told. */
  readonly channel: string
  /** Something was applied, and entered into the journal. */
  readonly isSaved: boolean
  /** Rows were changed, though it may be that nothing was applied. */
  readonly isChanged: boolean
}

/**
 * Moves the views' position, counts the batch, and lets gateways know when it is committed. The position follows from the journal,
 * into which the batch has been entered before. Returns it.
 */
export async function movePosition(
  sql: Statements,
  { channel, isSaved, isChanged }: MoveOptions,
  { position, seqs }: Progress,
  events: readonly RecordedEvent[],
): Promise<number> {
  const tenants = JSON.stringify([...new Set(events.map(({ stream }) => tenantOfStream(stream)))])
  const told = tenants.length <= MAX_TOLD_CHARS ? tenants : null
  const statement = isSaved ? ENTERED : isChanged ? CHANGED : NOTHING_CHANGED
  const [moved] = await sql.all<[number]>(statement, seqs.tenants, channel, told)
  return moved?.[0] ?? position
}

/** One step of the position of loaded views over what they have of the journal: see `ViewWriter.finishLoad`. */
export async function finishLoad(sql: Statements, channel: string): Promise<number> {
  const row = await sql.get<[boolean, number, number]>(FINISHING, channel)
  const [isLoading, position, end] = row ?? [false, 0, 0]
  return isLoading ? position / Math.max(end, 1) : 1
}
