import { SqliteReplica } from './SqliteReplica.ts'

export type { SqliteReplica }

/** A replica in a file, for Node. */
export const sqliteReplica = (file: string): SqliteReplica => new SqliteReplica(file)
