import type { Statements } from './Statements.ts'

/** An entry of the journal, with which transaction wrote it: others may come to its place, or the same once more. */
export interface Entry {
  readonly position: number
  readonly mark: string
}

/** Where the views of a generation and the journal are, as of one moment. */
export interface Look {
  readonly batch: number
  readonly position: number
  /** Of the journal. */
  readonly end: number
  readonly journal: string
  /** The newest of the journal. */
  readonly last: Entry | null
  /** Of what is now in the place of the entry that was asked about. */
  readonly markThere: string | null
}

const markAt = (position: string): string =>
  `(SELECT concat_ws(' ', j.xmin, j.stream, j.seq) FROM journal j WHERE j.position = ${position})`

const LOOK = `SELECT p.batch, p.position, h.position, h.epoch, ${markAt('h.position')}, ${markAt('$1')}
  FROM progress p CROSS JOIN journal_head h`
type Row = [number, number, number, string, string | null, string | null]

/** Of a journal that was put back to an earlier time: what comes after it now, others were told otherwise. */
const RENEW = 'UPDATE journal_head SET epoch = DEFAULT WHERE epoch = $1'

/** Null where they are gone. */
export async function look(sql: Statements, there: Entry | null): Promise<Look | null> {
  const row = await sql.get<Row>(LOOK, there?.position ?? 0).catch(async (error: unknown) => {
    const [isGone] = (await sql.get<[boolean]>(`SELECT to_regclass('journal_head') IS NULL`)) ?? [true]
    if (!isGone) throw error
  })
  if (row === undefined) return null
  const [batch, position, end, journal, mark, markThere] = row
  const last = mark === null ? null : { position: end, mark }
  return { batch, position, end, journal, last, markThere }
}

/** Why the journal is not the one that it was; null where it has only grown. It may have got past where it was before anybody looked. */
export function putBack(
  { end, markThere }: Look,
  before: { readonly end: number; readonly last: Entry | null },
): string | null {
  if (end < before.end) return `had ${before.end} entries, and now has ${end}`
  const { last } = before
  return last === null || last.mark === markThere ? null : `has another entry at ${last.position} than it had`
}

/** Whoever else sees it finds it done. */
export const renewEpoch = async (sql: Statements, journal: string): Promise<void> =>
  void (await sql.all(RENEW, journal))
