import { createHash } from 'node:crypto'
import { VIEW_VERSION } from '../generations.ts'

/** The schema of a generation of the log with this epoch. Dropping it loses nothing: it is built again from the log. */
export const generationSchema = (epoch: string, version = VIEW_VERSION, generation = 1): string =>
  `rollcall_v${version}${generation === 1 ? '' : `g${generation}`}_${short(epoch)}`

/** The schema of the journal of the log with this epoch, for all generations. Dropping it ends every cursor of its log. */
export const journalSchema = (epoch: string): string => `rollcall_journal_${short(epoch)}`

/** Names of schemas are short, and the same in lower case. */
const short = (epoch: string): string =>
  /^[a-z0-9_]{1,32}$/.test(epoch) ? epoch : createHash('sha256').update(epoch).digest('hex').slice(0, 20)
